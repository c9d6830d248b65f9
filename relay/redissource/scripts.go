package redissource

import "github.com/redis/go-redis/v9"

// Each script of a stream has its lease as its first key and this source's token as its
// first argument, and returns false, which is redis.Nil, when the lease is not this
// source's. Each may run again when its reply was lost, as the client repeats it.

// claimScript gets a lease that nobody has.
var claimScript = redis.NewScript(`
local owner = redis.call('get', KEYS[1])
if owner and owner ~= ARGV[1] then return false end
return redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
`)

// fetchScript returns entries one after another up to a number and a size, of which
// the first passes whatever its size: what the consumer has behind an id, which is
// nothing unless it is about to be fetched again, then new ones. An entry that was
// deleted by others is acknowledged and left out. The last element is the last id that
// the stream has given out.
//
//nolint:dupword // it is how Lua ends two blocks
var fetchScript = redis.NewScript(`
if redis.call('get', KEYS[1]) ~= ARGV[1] then return false end
redis.call('pexpire', KEYS[1], ARGV[2])
local group, from, most, bytes, new = ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), false
local got = {}
while #got < most and bytes > 0 do
	local reply = redis.call('xreadgroup', 'GROUP', group, 'relay', 'COUNT', 1, 'STREAMS', KEYS[2], new and '>' or from)
	local entry = reply and reply[1] and reply[1][2][1]
	if not entry then
		if new then break end
		new = true
	else
		from = entry[1]
		local fields = entry[2]
		if fields and #fields > 0 then
			local key, data = '', ''
			for i = 1, #fields, 2 do
				if fields[i] == 'key' then key = fields[i + 1] elseif fields[i] == 'data' then data = fields[i + 1] end
			end
			got[#got + 1] = {from, key, data}
			bytes = bytes - #data
		else
			redis.call('xack', KEYS[2], group, from)
		end
	end
end
local info = redis.call('xinfo', 'STREAM', KEYS[2])
for i = 1, #info, 2 do
	if info[i] == 'last-generated-id' then got[#got + 1] = info[i + 1] end
end
return got
`)

// settleScript takes how many dead letters there are, for each id, key, data and
// reason, and then the ids of all that is settled.
//
//nolint:dupword // it is how Lua ends two blocks
var settleScript = redis.NewScript(`
if redis.call('get', KEYS[1]) ~= ARGV[1] then return false end
redis.call('pexpire', KEYS[1], ARGV[2])
local group, dead = ARGV[3], tonumber(ARGV[4])
for i = 5, 4 + 4 * dead, 4 do
	if redis.call('xack', KEYS[2], group, ARGV[i]) == 1 then
		redis.call('xadd', KEYS[3], '*', 'id', ARGV[i], 'key', ARGV[i + 1], 'data', ARGV[i + 2], 'reason', ARGV[i + 3])
	end
end
for i = 5 + 4 * dead, #ARGV do
	redis.call('xack', KEYS[2], group, ARGV[i])
	redis.call('xdel', KEYS[2], ARGV[i])
end
return 1
`)

// renewScript lengthens a lease, or ends it with 0.
var renewScript = redis.NewScript(`
if redis.call('get', KEYS[1]) ~= ARGV[1] then return false end
return redis.call('pexpire', KEYS[1], ARGV[2])
`)

// countScript notes that a relay is there for so many milliseconds, with 0 that it is
// not, and returns how many are.
var countScript = redis.NewScript(`
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '0' then redis.call('zrem', KEYS[1], ARGV[1]) else redis.call('zadd', KEYS[1], now + ARGV[2], ARGV[1]) end
redis.call('zremrangebyscore', KEYS[1], '-inf', now)
return redis.call('zcard', KEYS[1])
`)

// lagScript returns how many entries a stream has, and the id of the first.
var lagScript = redis.NewScript(`
local first = redis.call('xrange', KEYS[1], '-', '+', 'COUNT', 1)
return {redis.call('xlen', KEYS[1]), first[1] and first[1][1] or ''}
`)
