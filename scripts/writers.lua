-- What tests/api/writers.py does, in the words of wrk: 64 threads with one connection each are 64 people who create records and
-- edit them. A thread asks and is answered in turn, so it knows what an answer is the answer to. What was acknowledged is
-- written to a file per thread, which scripts/wrk_load.py reads.
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long s; long ns; } moment; int clock_gettime(int clock, moment *now); ]]
local API, LAST = "/api/v1", 5
local people = 0

function setup(thread)
  people = people + 1
  thread:set("number", people)
end

local function now()
  local moment = ffi.new("moment")
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.s) + tonumber(moment.ns) / 1e9
end

-- The marks in a field that has them one after the other.
local function in_field(name)
  return function(body)
    local found = {}
    for mark in (body:match('"' .. name .. '":"([^"]*)"') or ""):gmatch("%S+") do found[#found + 1] = mark end
    return found
  end
end

local function as_field(name)
  return function(marks) return '{"' .. name .. '":"' .. table.concat(marks, " ") .. '"}' end
end

local function keywords(body)
  local found = {}
  for mark in (body:match('"keywords":(%b[])') or ""):gmatch('"text":"([^"]*)"') do found[#found + 1] = mark end
  return found
end

local function as_keywords(marks)
  return '{"keywords":[{"text":"' .. table.concat(marks, '"},{"text":"') .. '"}]}'
end

local KINDS = {
  { path = "/citations", marks = keywords, marked = as_keywords,
    entry = '{"title":"Kratom and sleep in a report that came as %s","keywords":[{"text":"%s"}]}' },
  { path = "/studies", marks = in_field("notes"), marked = as_field("notes"),
    entry = '{"design":"cross_sectional_survey","subject":"human","read_depth":"abstract",'
      .. '"title":"A survey that came as %s","notes":"%s"}' },
  { path = "/findings", below = "/studies", marks = in_field("summary"), marked = as_field("summary"),
    entry = '{"outcome":"insomnia","direction":"increased","phase":"active_use","basis":"descriptive_self_report",'
      .. '"summary":"%s"}' },
  { path = "/flags", entry = '{"record":"R11","reason":"Look at %s"}' },
  { path = "/decisions", below = "/citations", once = true,
    entry = '{"stage":"title_abstract","decision":"include","note":"%s"}' },
}
local BY_PATH = {}
for _, kind in ipairs(KINDS) do BY_PATH[kind.path] = kind end

function init(arguments)
  local folder, run = arguments[1], arguments[2]
  math.randomseed(number * 7919)
  name, written, own, decided, pause, tries = run .. "." .. number, 0, {}, {}, 0, 0
  out = io.open(folder .. "/told." .. number, "w")
  people_of, shared = {}, {}
  for line in io.lines(folder .. "/people") do people_of[#people_of + 1] = line end
  for line in io.lines(folder .. "/shared") do
    local path, address = line:match("^(%S+) (%S+)$")
    shared[#shared + 1] = { kind = BY_PATH[path], path = address }
  end
  authorization = people_of[(number - 1) % #people_of + 1]
end

local function ask(method, path, body, tag)
  local headers = { Host = "localhost", Authorization = authorization, ["Content-Type"] = body and "application/json" or nil,
                    ["If-Match"] = tag }
  asked = { method = method, path = path, mark = mark, began = now(), kind = kind_asked, is_write = method ~= "GET" }
  return wrk.format(method, path, headers, body)
end

local function create(kind)
  local at
  for n = #own, 1, -1 do
    local held = own[n]
    if not at and kind.below == held.kind.path and not (kind.once and decided[held.path]) then at = held.path end
  end
  if kind.below and not at then kind = BY_PATH[kind.below] end
  if kind.once then decided[at] = true end
  kind_asked = kind
  return ask("POST", (kind.below and at or API) .. kind.path, (kind.entry:gsub("%%s", mark)))
end

local function edit(held)
  kind_asked, editing, reading = held.kind, held, nil
  local marks = {}
  for n, each in ipairs(held.marks or {}) do marks[n] = each end
  marks[#marks + 1] = mark
  return ask("PATCH", held.path, held.kind.marked(marks), held.tag)
end

local function read(what)
  kind_asked, reading, editing = what.kind, what, nil
  return ask("GET", what.path)
end

function request()
  if reading then
    if reading.marks then return edit(reading) end
    return read(reading)
  end
  written, tries, editing = written + 1, 0, nil
  mark = name .. "-" .. written
  local chance = math.random()
  if chance < 0.4 or #own == 0 then return create(KINDS[math.random(#KINDS)]) end
  if chance < 0.7 then
    local one = shared[math.random(#shared)]
    return read({ kind = one.kind, path = one.path })
  end
  return edit(own[math.random(math.max(1, #own - LAST + 1), #own)])
end

function delay()
  local wait = pause
  pause = 0
  return wait
end

local function tell(...)
  out:write(table.concat({ ... }, "\t"), "\n")
  out:flush()
end

-- What an answer says of its record, put into ``held``.
local function learn(held, headers, body)
  held.marks, held.tag = held.kind.marks(body), headers.etag
  return held
end

local function created(body, headers)
  local kind = asked.kind
  if kind.once then return tell("done", asked.path, asked.mark) end
  local path = API .. kind.path .. "/" .. body:match('"id":"(%w+)"')
  tell("done", path, asked.mark)
  if kind.marked then own[#own + 1] = learn({ kind = kind, path = path }, headers, body) end
end

local function edited(status, body, headers)
  local held = editing
  if status == 200 then
    tell("done", held.path, asked.mark)
    learn(held, headers, body)
  elseif status == 412 and tries < 50 then
    tries = tries + 1
    held.marks = nil
    reading = held
  end
end

function response(status, headers, body)
  if asked.is_write then
    tell("wrote", status, now() - asked.began)
    local retry = headers["retry-after"]
    local fair = (status >= 200 and status < 300) or status == 412 or (status == 503 and retry)
    if not fair then tell("bad", status .. ": " .. body:sub(1, 300):gsub("[\t\n]", " ")) end
    if status == 503 then pause = math.min(tonumber(retry) or 1, 1) * 1000 end
    if status == 201 then created(body, headers) end
    if asked.method == "PATCH" then edited(status, body, headers) end
  elseif status == 200 then
    learn(reading, headers, body)
  else
    tell("bad", asked.method .. " " .. asked.path .. ": " .. status)
    reading = nil
  end
end

function done(summary)
  local failed = summary.errors
  io.write(string.format("CUT %d\n", failed.connect + failed.read + failed.write + failed.timeout))
end
