// Each limit is a hash: `whole` is the time in milliseconds when no unit is used any more, and `unit` the milliseconds in which one unit
// leaks away. So the used units are the time from now until `whole`, divided by `unit`. Only the clock of the shared memory counts.

const NOW = `local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
`

const WEIGH = `${NOW}
local used, told = {}, {}
local wait, bound = nil, 0
for i = 1, #KEYS do
  local limit, unit, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local kept = redis.call('HMGET', KEYS[i], 'whole', 'unit')
  local one = 0
  if kept[1] then one = (tonumber(kept[1]) - now) / tonumber(kept[2]) end
  used[i] = math.min(limit, math.max(0, one))
  told[i] = string.format('%.9f', used[i])
  local over = used[i] + cost - limit
  if cost > 0 and over > 1e-6 then
    local each = over * unit
    if cost > limit then each = math.huge end
    if wait == nil or each > wait then wait, bound = each, i - 1 end
  end
end
if wait ~= nil then
  local shown = '-1'
  if wait < math.huge then shown = string.format('%.3f', wait) end
  return { '0', tostring(bound), shown, unpack(told) }
end
`

/**
 * Whether all limits have room for the demanded units; writes nothing. Each limit has three arguments: its units, the milliseconds of a
 * unit, and the demanded units. Returns 1 or 0, the index of the limit that binds, how long it binds (-1 for ever), and the used units of
 * each.
 */
export const LOOK = `${WEIGH}
return { '1', '0', '0', unpack(told) }
`

/** Takes units from all limits or from none. Arguments and answer are those of {@link LOOK}; the used units are those before it. */
export const TAKE = `${WEIGH}
for i = 1, #KEYS do
  local unit, cost = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  if cost > 0 then
    local left = (used[i] + cost) * unit
    redis.call('HSET', KEYS[i], 'whole', string.format('%.6f', now + left), 'unit', ARGV[3 * i - 1])
    redis.call('PEXPIRE', KEYS[i], math.ceil(left) + 1000)
  end
end
return { '1', '0', '0', unpack(told) }
`

/**
 * Gives units back. Each limit has two arguments: the milliseconds of a unit, and the number of units. Units of a rate that was changed
 * meanwhile stay used.
 */
export const GIVE_BACK = `${NOW}
for i = 1, #KEYS do
  local kept = redis.call('HMGET', KEYS[i], 'whole', 'unit')
  if kept[1] and kept[2] == ARGV[2 * i - 1] then
    local whole = tonumber(kept[1]) - tonumber(ARGV[2 * i]) * tonumber(ARGV[2 * i - 1])
    if whole <= now then redis.call('DEL', KEYS[i])
    else redis.call('HSET', KEYS[i], 'whole', string.format('%.6f', whole)) end
  end
end
return 1
`
