# frozen_string_literal: true

# Bodies, large and slow ones, both ways.
require "digest/sha2" # Digest loads its parts on first use, which threads may do at once.

# Says on the log what becomes of it.
class Watched
  def initialize(name, &each)
    @name = name
    @each = each
  end

  def each(&block)
    @each.call(block)
  rescue StandardError => error
    $stderr.puts "#{@name} saw #{error.class.name}"
    raise
  end

  def close
    $stderr.puts "#{@name} closed"
  end
end

# All of the input in pieces: what it is, and how many bytes.
def digest(input)
  sum = Digest::SHA256.new
  size = 0
  while (piece = input.read(65_536))
    sum << piece
    size += piece.bytesize
  end
  "#{size} #{sum.hexdigest} #{input.class}"
end

piece = "x" * 65_536

run(lambda do |env|
  query = env["QUERY_STRING"]
  headers = { "content-type" => "text/plain" }
  case env["PATH_INFO"]
  when "/" then [200, headers, ["hello"]]
  when "/log" then $stderr.puts("seen #{query}") || [200, headers, ["seen"]]
  when "/digest" then [200, headers, [digest(env["rack.input"])]]
  when "/early" then [200, headers, ["not wanted"]]
  when "/array" then [200, headers, ["y" * query.to_i]]
  when "/numbers" # As many numbers of four bytes, from the first one on, all at once or in pieces.
    first, count, size = query.split(",").map(&:to_i)
    bytes = (first...first + count).to_a.pack("N*")
    [200, headers, size.zero? ? [bytes] : Enumerator.new { |yielder| (0...bytes.size).step(size) { |at| yielder << bytes[at, size] } }]
  when "/gate"
    sleep 0.005 until File.exist?(query)
    [200, headers, ["open"]]
  when "/stream"
    body = Watched.new("stream #{query}") { |yielder| (query.to_i / 65_536).times { yielder.call(piece) } }
    [200, headers, body]
  when "/endless"
    body = Watched.new("endless #{query}") { |yielder| loop { yielder.call("data: tick\n\n") && sleep(0.01) } }
    [200, { "content-type" => "text/event-stream" }, body]
  when "/pieces"
    input = env["rack.input"]
    body = Watched.new("pieces") do |yielder|
      while (bytes = input.read(1024))
        $stderr.puts "piece of #{bytes.bytesize}"
        yielder.call("#{bytes.bytesize}\n")
      end
    end
    [200, headers, body]
  when "/crawl"
    $stderr.puts "first #{env["rack.input"].read(5).inspect}"
    sleep 0.005 until File.exist?(query)
    [200, headers, [digest(env["rack.input"])]]
  end
end)
