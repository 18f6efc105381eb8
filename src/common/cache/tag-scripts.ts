/**
 * The scripts of the tags. A tag is one string: its version, or `~` and its writers (`writer=deadline`, separated by
 * spaces; milliseconds of the server's clock). One key, so that nothing can part a version from its mark.
 *
 * A version expires, which costs a miss. Writers don't: under a `volatile-*` policy only keys that expire are evicted,
 * and a mark must stay. Each script drops the writers whose time is over.
 *
 * None is declared free of writes, not even that which reads: so a replica refuses it, and with `min-replicas-to-write`
 * a master that is cut off from its replicas does too, before it can answer with old versions. `allow-oom`: a full
 * Redis refuses entries, not versions.
 */
const LIVE_WRITERS = `
local time
local function now()
  time = time or redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function liveWriters(state, except)
  local live = {}
  for writer, deadline in string.gmatch(state, '([^ ~=]+)=(%d+)') do
    if writer ~= except and tonumber(deadline) > now() then live[#live + 1] = writer .. '=' .. deadline end
  end
  return live
end
local function isMarked(state) return state and string.sub(state, 1, 1) == '~' end
`;

/** ARGV: a fresh id, how long a version lives in ms. Answers the versions, '' for one that is being written.
 * The replication id changes with each promotion and restart; its beginning is enough to tell memories apart. */
export const FETCH = `#!lua flags=allow-oom
${LIVE_WRITERS}
local memory = string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)'), 1, 16)
local answers = {}
for i, tag in ipairs(KEYS) do
  local state = redis.call('GET', tag)
  if isMarked(state) then
    if #liveWriters(state) > 0 then state = '' else state = nil end
  end
  if not state then
    state = ARGV[1] .. i
    redis.call('SET', tag, state, 'PX', ARGV[2])
  end
  answers[i] = state == '' and '' or memory .. ':' .. state
end
return answers
`;

/** KEYS: where the server's memory has its birth noted. Answers for how many ms it has been known. */
export const AGE = `#!lua flags=allow-oom
${LIVE_WRITERS}
local memory = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local known, born = string.match(redis.call('GET', KEYS[1]) or '', '(%x+)=(%d+)')
if known ~= memory then
  born = string.format('%.0f', now())
  redis.call('SET', KEYS[1], memory .. '=' .. born)
end
return now() - tonumber(born)
`;

/** ARGV: the writer, for how many ms. Answers how many replicas there are. */
export const MARK = `#!lua flags=allow-oom
${LIVE_WRITERS}
for _, tag in ipairs(KEYS) do
  local live = liveWriters(redis.call('GET', tag) or '', ARGV[1])
  live[#live + 1] = ARGV[1] .. '=' .. string.format('%.0f', now() + ARGV[2])
  redis.call('SET', tag, '~' .. table.concat(live, ' '))
end
return tonumber(string.match(redis.call('INFO', 'replication'), 'connected_slaves:(%d+)'))
`;

/** ARGV: the writer, a fresh id, how long a version lives in ms. */
export const RELEASE = `#!lua flags=allow-oom
${LIVE_WRITERS}
for i, tag in ipairs(KEYS) do
  local state = redis.call('GET', tag)
  local live = isMarked(state) and liveWriters(state, ARGV[1]) or {}
  if #live > 0 then
    redis.call('SET', tag, '~' .. table.concat(live, ' '))
  else
    redis.call('SET', tag, ARGV[2] .. i, 'PX', ARGV[3])
  end
end
`;
