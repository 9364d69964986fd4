# frozen_string_literal: true

require "minitest/autorun"
require "socket"
require "io/wait"
require "tmpdir"
%w[frames failure environment input head hijack stream body wire stopwatch slot builder collector].each do |name|
  require_relative "../../ruby/#{name}"
end

# The shim without a front: what it makes of requests, and of what apps answer.
class ShimTest < Minitest::Test
  include Gossamer

  def head(status, headers)
    Head.new.read(status, headers)
  end

  def environment(release, **more)
    Environment.new(worker: 1, threads: 1, workers: 1, release: release, **more)
  end

  def fields(*headers, path: "/", scheme: "http")
    ["GET", path, "", path, "HTTP/1.1", scheme, "host", "80", "127.0.0.1", *headers]
  end

  def test_head_keeps_what_is_a_line_and_knows_what_it_holds
    found = head(200, "X-A" => "b", "set-cookie" => %w[a=1 b=2], "x-nil" => nil, "date" => "now", "Server" => "us",
                      "connection" => "close", "content-length" => "3", "x-number" => 5, "rack.thing" => "hidden")
    lines = found.lines.split("\r\n")
    assert_equal ["X-A: b", "set-cookie: a=1", "set-cookie: b=2", "date: now", "Server: us", "content-length: 3", "x-number: 5"], lines
    assert_equal Head::CONTENT_LENGTH | Head::DATE | Head::SERVER | Head::CLOSE, found.holds
    assert_equal 3, found.length
  end

  def test_head_refuses_what_would_split_a_response
    ["a\rb", "a\0b"].each do |value|
      assert_raises(ResponseError) { head(200, "x-a" => value) }
      assert_raises(ResponseError) { head(200, "date" => value) }
    end
    ["x a", "x:a", "", "x\n", "x\u00e9"].each { |name| assert_raises(ResponseError, name) { head(200, name => "a") } }
    assert_raises(ResponseError) { head(200, "transfer-encoding" => "gzip") }
    assert_raises(ResponseError) { head(200, "transfer-encoding" => "chunked", "content-length" => "1") }
    assert_raises(ResponseError) { head(200, "content-length" => %w[1 2]) }
  end

  def test_head_forgets_nothing_and_remembers_nothing_between_responses
    found = Head.new
    found.read(200, "content-length" => "3", "connection" => "close")
    found.read(200, "x" => "y")
    assert_equal ["x: y\r\n", 0, nil, nil], [found.lines, found.holds, found.length, found.hops]
  end

  def test_head_remembers_a_bounded_number_of_lines
    2_000.times { |n| assert_equal "x-counter: #{n}\r\n", head(200, "x-counter" => n.to_s).lines }
    assert_equal Head::REMEMBERED, Head::KINDS["x-counter"].size
  end

  def test_a_204_has_no_length
    assert_equal "", head(204, "content-length" => "0").lines
    assert_equal "content-length: 9\r\n", head(304, "content-length" => "9").lines
  end

  def test_environment_remembers_a_bounded_number_of_strangers
    1_000.times { |n| environment([3, 2]).build(fields("HTTP_X_#{n}", "v"), nil, nil, 1) }
    assert_equal STRANGERS, KEYS.size
    assert_equal "v", environment([3, 2]).build(fields("HTTP_X_NEW", "v"), nil, nil, 1)["HTTP_X_NEW"]
  end

  def test_environment_says_https_and_what_the_client_would_upgrade_to
    env = environment([3, 2]).build(fields("K", "websocket, h2c", scheme: "https"), nil, nil, 1)
    assert_equal ["https", "on", %w[websocket h2c]], env.values_at("rack.url_scheme", "HTTPS", "rack.protocol")
    refute environment([3, 2]).build(fields, nil, nil, 1).key?("HTTPS")
  end

  def test_environment_is_truthful_about_threads_and_workers
    env = Environment.new(worker: 2, threads: 5, workers: 3, release: [2, 2]).build(fields, nil, nil, 1)
    assert_equal [true, true, false, [1, 6], 2],
                 env.values_at("rack.multithread", "rack.multiprocess", "rack.run_once", "rack.version", "gossamer.worker")
  end

  def test_an_empty_input_reads_like_an_empty_file
    input = EmptyInput.new
    buffer = +"old"
    assert_equal ["", nil, "", nil], [input.read, input.read(1), input.read(0), input.gets]
    assert_nil input.read(5, buffer)
    assert_equal "", buffer
    assert_equal [0, true, Encoding::BINARY], [input.rewind, input.eof?, input.external_encoding]
    assert_empty input.enum_for(:each).to_a
  end

  def test_a_streamed_input_reads_as_it_comes_and_says_when_it_broke
    ours, theirs = UNIXSocket.pair
    wire = Wire.new(ours)
    input = StreamedInput.new(wire, 7)
    theirs.write(Frames.frame(Frames::BODY, 7, "one\ntw"), Frames.frame(Frames::BODY, 7, "o\nthree"))
    assert_equal ["one\n", "two\n"], [input.gets, input.gets]
    theirs.write(Frames.frame(Frames::BODY_LOST, 7, "the client went"))
    error = assert_raises(BodyLost) { input.read }
    assert_equal "the client went", error.message
    assert_equal [Frames::WANT, 7, [StreamedInput::WINDOW_BYTES].pack("N")], Frames.read(theirs)
  end

  def test_a_request_that_arrives_during_another_waits_its_turn
    ours, theirs = UNIXSocket.pair
    wire = Wire.new(ours)
    wire.open(1)
    theirs.write(Frames.frame(Frames::REQUEST, 2, "later"), Frames.frame(Frames::CREDIT, 1, [5].pack("N")),
                 Frames.frame(Frames::GONE, 9), Frames.frame(Frames::GONE, 1))
    wire.hear(true) until wire.gone
    assert_equal (1 << 20) + 5, wire.credit
    assert_equal ["later", Frames::REQUEST, 2], [wire.next_frame, wire.type, wire.id]
  end

  def test_a_failure_names_its_causes
    error = begin
      begin
        raise ArgumentError, "first\0 one"
      rescue StandardError
        raise "second"
      end
    rescue StandardError => raised
      raised
    end
    name, message, *trace = Failure.of(error).split("\0")
    assert_equal %w[RuntimeError second], [name, message]
    assert_includes trace, "caused by ArgumentError: first one"
  end

  # A process of its own that is killed as soon as it has written: what it has kept by then is lost.
  WRITES_WHILE_A_LOG_OPENS = <<~RUBY
    require "socket"
    %w[frames failure lifeline].each { |name| require File.join(ARGV[0], name) }
    $stdout.sync = true
    ours, theirs = UNIXSocket.pair
    Gossamer::Lifeline.new(ours, gone: -> {})
    theirs.write(Gossamer::Frames.frame(Gossamer::Frames::REOPEN, 0, ARGV[1]))
    lifeline = Thread.list.find { |thread| thread.name == "gossamer lifeline" }
    Thread.pass until lifeline.stop? && lifeline.backtrace.any? { |line| line.include?("reopen'") }
    puts "meanwhile"
    Process.kill(:KILL, Process.pid)
  RUBY

  def test_what_is_written_while_a_log_opens_is_not_kept
    Dir.mktmpdir do |folder|
      # Nobody reads it, so that opening it takes for ever.
      File.mkfifo(log = File.join(folder, "log"))
      command = [RbConfig.ruby, "-e", WRITES_WHILE_A_LOG_OPENS, File.expand_path("../../ruby", __dir__), log]
      said = IO.popen(command) { |io| io.wait_readable(10) ? io.read : Process.kill(:KILL, io.pid) }
      assert_equal "meanwhile\n", said
    end
  end

  def test_a_sleep_beside_busy_threads_is_no_wait_for_the_gvl
    watch = Stopwatch.new(4)
    busy = Array.new(2) { Thread.new { loop { 1 + 1 } } }
    watch.start
    sleep 0.4
    assert_operator watch.micros, :>, 300_000
  ensure
    busy.each(&:kill)
  end

  def test_a_look_tells_waiting_from_computing
    watch = Stopwatch.new(4)
    watch.attach
    watch.start
    sleep 0.05
    watch.micros
    assert_operator watch.idle, :>, 200
    watch = Stopwatch.new(4)
    watch.attach
    watch.start
    finish = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) + 0.05
    nil while Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) < finish
    watch.micros
    assert_includes 1..60, watch.idle
  end

  def test_nobody_looks_twice_within_a_moment_nor_where_there_is_one_thread
    lone = Stopwatch.new(0)
    several = Stopwatch.new(4)
    [lone, several].each(&:attach)
    lone.start
    lone.micros
    assert_equal 0, lone.idle
    2.times do
      several.start
      several.micros
    end
    assert_equal 0, several.idle
  end
end
