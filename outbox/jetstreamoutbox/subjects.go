package jetstreamoutbox

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// subjects are NAME.0 to NAME.N-1.
type subjects struct {
	name string
	n    uint32
}

// subjectsOf reads them from a stream's configuration.
func subjectsOf(list []string) (subjects, error) {
	if len(list) == 0 {
		return subjects{}, errShape(list)
	}
	dot := strings.LastIndexByte(list[0], '.')
	for i := range list {
		if dot < 1 || !slices.Contains(list, list[0][:dot+1]+strconv.Itoa(i)) {
			return subjects{}, errShape(list)
		}
	}
	return subjects{list[0][:dot], uint32(len(list))}, nil //nolint:gosec // a stream has no 2^32 subjects
}

func errShape(list []string) error {
	return fmt.Errorf("its subjects are %q; they must be NAME.0, NAME.1, … up to the number wanted", list)
}

// of returns the subject of a key.
func (s subjects) of(key string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return s.name + "." + strconv.FormatUint(uint64(h.Sum32()%s.n), 10)
}
