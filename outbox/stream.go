package outbox

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// DefaultStream is the stream's name in Redis, where none is given.
const DefaultStream = "sioxide:outbox"

// MaxPartitions is the most streams over which operations are spread.
const MaxPartitions = 256

// StreamOf returns the stream for the operations of a key, by FNV-1a of it in 32 bits
// modulo the number of partitions.
func StreamOf(name string, partitions int, key string) string {
	if partitions <= 1 {
		return name
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return Stream(name, partitions, int(h.Sum32()%uint32(partitions)))
}

// Stream returns the name of a partition, counted from 0: NAME:{0}, where the braces
// are the hash tag of Redis Cluster; NAME itself where there is but one.
func Stream(name string, partitions, number int) string {
	if partitions <= 1 {
		return name
	}
	return name + ":{" + strconv.Itoa(number) + "}"
}

// StreamSibling returns a key that a Redis Cluster keeps where it keeps the stream.
func StreamSibling(stream, name string) string {
	if open := strings.IndexByte(stream, '{'); open >= 0 {
		if length := strings.IndexByte(stream[open+1:], '}'); length > 0 {
			return stream + ":" + name
		}
	}
	return "{" + stream + "}:" + name
}
