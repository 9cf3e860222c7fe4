-- Paths for wrk: each thread, which has one connection, asks those of its own file, once or again and again.
-- The last line of the output is for read_load.py.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  paths, place, again = {}, 0, arguments[2] == "again"
  for line in io.lines(arguments[1] .. "/" .. number) do
    paths[#paths + 1] = line
  end
end

function request()
  place = place + 1
  if place > #paths then
    if again then place = 1 else place = #paths; wrk.thread:stop() end
  end
  return wrk.format("GET", paths[place])
end

function done(summary, latency, requests)
  local errors = summary.errors
  local bad = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('told {"answers": %d, "bad": %d, "microseconds": %d}\n', summary.requests, bad, summary.duration))
end
