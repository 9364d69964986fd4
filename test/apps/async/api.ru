# frozen_string_literal: true

# Thin's async API, a path a question. What is to happen later waits under the query's name until another request
# says `/answer?name`, `/add?name`, `/succeed?name` or `/fail?name`; `/notes` tells what has happened to whom.
require "eventmachine"

TEXT = { "content-type" => "text/plain" }.freeze
CALLBACKS = {}
BODIES = {}
NOTES = []

# What happened, for the client that asks and for the log.
module Noting
  def note(text)
    NOTES << text
    $stdout.puts text
  end
end

# A body that comes in pieces, whenever somebody adds one.
class Late
  include EventMachine::Deferrable
  include Noting

  def initialize(name)
    @name = name
    errback { note "#{name}: body failed" }
  end

  def each(&writer)
    note "#{@name}: each"
    @writer = writer
  end

  def add(text)
    @writer&.call(text)
  end

  def close
    note "#{@name}: body closed"
  end
end

# Writes from wherever it is asked to.
class Whole
  include Noting

  def initialize(name, *pieces)
    @name = name
    @pieces = pieces
  end

  def each(&block)
    @pieces.each(&block)
  end

  def close
    note "#{@name}: body closed"
  end
end

# What several paths do.
module Deeds
  extend Noting

  def self.late(name)
    BODIES[name] = Late.new(name)
  end

  def self.answer_soon(env, response)
    EventMachine.add_timer(0.01) { env["async.callback"].call(response) }
  end

  def self.hang_here
    sleep
  end
end

LATER = [-1, {}, []].freeze
DEEDS = {
  "/now" => ->(_env, name) { [200, TEXT, ["now #{name}"]] },
  "/reactor" => lambda do |env, _name|
    known = %w[async.callback async.close].map { |key| env.key?(key) }
    [200, TEXT, [[EventMachine.reactor_running?, EventMachine.reactor_thread?, *known, env["rack.multithread"]].join(" ")]]
  end,
  "/throw" => lambda do |env, name|
    Deeds.answer_soon(env, [200, TEXT, ["thrown #{name}"]])
    throw :async
  end,
  "/minus" => lambda do |env, name|
    Deeds.answer_soon(env, [201, TEXT.merge("x-name" => name), Whole.new(name, "one ", "two")])
    LATER
  end,
  "/inline" => lambda do |env, name|
    env["async.callback"].call([200, TEXT, ["inline #{name}"]])
    LATER
  end,
  "/twice" => lambda do |env, name|
    EventMachine.next_tick do
      env["async.callback"].call([200, TEXT, ["first"]])
      env["async.callback"].call([200, TEXT, Whole.new(name, "second")])
    end
    LATER
  end,
  "/thread" => lambda do |env, name|
    Thread.new { env["async.callback"].call([200, TEXT, ["from a thread #{name}"]]) }
    LATER
  end,
  "/defer" => lambda do |env, name|
    EventMachine.defer(-> { name.upcase }, ->(result) { env["async.callback"].call([200, TEXT, [result]]) })
    LATER
  end,
  "/poll" => lambda do |env, name|
    CALLBACKS[name] = env["async.callback"]
    env["async.close"].callback { Deeds.note "#{name}: closed" }
    Deeds.note "#{name}: polls"
    LATER
  end,
  "/gate" => lambda do |env, name|
    Deeds.note "#{name}: waits at the gate"
    timer = EventMachine.add_periodic_timer(0.02) do
      next unless File.exist?(name)

      timer.cancel
      env["async.callback"].call([200, TEXT, ["through"]])
    end
    LATER
  end,
  "/body" => lambda do |env, name|
    env["async.close"].callback { Deeds.note "#{name}: closed" }
    body = Deeds.late(name)
    EventMachine.next_tick { env["async.callback"].call([200, TEXT, body]) }
    LATER
  end,
  "/returned" => ->(_env, name) { [200, TEXT, Deeds.late(name)] },
  "/length" => ->(_env, name) { [200, TEXT.merge("content-length" => "6"), Deeds.late(name)] },
  "/empty" => lambda do |env, name|
    env["async.close"].callback { Deeds.note "#{name}: closed" }
    EventMachine.next_tick { env["async.callback"].call([204, {}, Deeds.late(name)]) }
    LATER
  end,
  "/ready" => lambda do |_env, name|
    body = Deeds.late(name)
    body.succeed
    [200, TEXT, body]
  end,
  "/bad-header" => lambda do |env, name|
    env["async.close"].callback { Deeds.note "#{name}: closed" }
    Deeds.answer_soon(env, [200, { "x-a" => "b\rc" }, Whole.new(name)])
    LATER
  end,
  "/bad-body" => lambda do |env, name|
    pieces = Enumerator.new { raise "no #{name}" }
    Deeds.answer_soon(env, [200, TEXT, pieces])
    LATER
  end,
  "/raise" => ->(_env, name) { raise "no #{name}" },
  "/big" => lambda do |env, name|
    env["async.close"].callback { Deeds.note "#{name}: closed" }
    Deeds.answer_soon(env, [200, TEXT, Array.new(64) { |n| (97 + (n % 26)).chr * 65_536 }])
    LATER
  end,
  "/pour" => lambda do |env, name|
    env["async.close"].callback { Deeds.note "#{name}: closed" }
    [200, TEXT, Enumerator.new { |out| 64.times { |n| out << ((97 + (n % 26)).chr * 65_536) } }]
  end,
  "/file" => lambda do |env, name|
    body = Struct.new(:to_path, :name) do
      include Noting

      def each = yield(File.read(to_path))
      def close = note("#{name}: body closed")
    end
    Deeds.answer_soon(env, [200, TEXT, body.new(__FILE__, name)])
    LATER
  end,
  "/upload" => lambda do |env, _name|
    EventMachine.add_timer(0.01) do
      bytes = env["rack.input"].read
      env["async.callback"].call([200, TEXT, ["#{bytes.bytesize} #{bytes.sum}"]])
    end
    LATER
  end,
  "/hijack" => lambda do |env, name|
    env["rack.hijack"].call
    io = env["rack.hijack_io"]
    EventMachine.add_timer(0.01) do
      io.write("HTTP/1.1 200 OK\r\ncontent-length: #{name.size}\r\nconnection: close\r\n\r\n#{name}")
      io.close
    end
    LATER
  end,
  "/hijack-unused" => lambda do |env, name|
    env["rack.hijack"].call
    Deeds.answer_soon(env, [200, TEXT, ["not hijacked #{name}"]])
    LATER
  end,
  "/finished" => lambda do |env, name|
    env["rack.response_finished"] << ->(_env, status, _headers, error) { Deeds.note "#{name}: finished #{status} #{error.inspect}" }
    Deeds.answer_soon(env, [200, TEXT, ["finished"]])
    LATER
  end,
  "/nap" => lambda do |_env, name|
    Deeds.note "#{name}: naps"
    sleep 0.2
    [200, TEXT, [name]]
  end,
  "/hang" => lambda do |_env, name|
    Deeds.note "#{name}: hangs"
    Deeds.hang_here
  end,
  "/crash" => lambda do |_env, name|
    EventMachine.next_tick { raise "crash of #{name}" }
    LATER
  end,
  "/answer" => lambda do |_env, name|
    CALLBACKS.delete(name).call([200, TEXT, Whole.new(name, "answer for #{name}")])
    [200, TEXT, ["said"]]
  end,
  "/answer-all" => lambda do |_env, _name|
    count = CALLBACKS.size
    CALLBACKS.each { |name, callback| callback.call([200, TEXT, ["answer for #{name}"]]) }
    CALLBACKS.clear
    [200, TEXT, [count.to_s]]
  end,
  "/polls" => ->(_env, _name) { [200, TEXT, [CALLBACKS.size.to_s]] },
  "/add" => lambda do |env, name|
    BODIES.fetch(name).add(env["rack.input"].read.to_s)
    [200, TEXT, ["added"]]
  end,
  "/succeed" => lambda do |_env, name|
    BODIES.fetch(name).succeed
    [200, TEXT, ["succeeded"]]
  end,
  "/fail" => lambda do |_env, name|
    BODIES.fetch(name).fail
    [200, TEXT, ["failed"]]
  end,
  "/pid" => ->(_env, _name) { [200, TEXT, [Process.pid.to_s]] },
  "/notes" => ->(_env, name) { [200, TEXT, [NOTES.select { |one| one.start_with?("#{name}:") }.join("\n")]] }
}.freeze

NOTHING = ->(_env, _name) { [404, TEXT, ["nothing"]] }

run ->(env) { DEEDS.fetch(env["PATH_INFO"], NOTHING).call(env, env["QUERY_STRING"]) }
