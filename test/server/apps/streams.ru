# frozen_string_literal: true

require "digest"

# What apps do with bodies and connections, one path each.

# A body that says when it is closed, and what ended it.
class Endless
  def initialize(piece)
    @piece = piece
  end

  def each
    loop { yield @piece }
  rescue StandardError => error
    $stderr.puts "the body saw #{error.class}"
    raise
  end

  def close
    $stderr.puts "the body is closed"
  end
end

# Answers with what was uploaded: its size and its digest.
digest = lambda do |input|
  sum = Digest::SHA256.new
  size = 0
  # A byte first: `read` waits until it has all that it was asked for.
  while (piece = input.read(size.zero? ? 1 : 65_536))
    $stderr.puts "first byte" if size.zero?
    sum << piece
    size += piece.bytesize
  end
  "#{size} #{sum.hexdigest}"
end

# Takes the connection over and echoes what comes, line by line.
echo = lambda do |env|
  io = env["rack.hijack"].call
  Thread.new do
    io.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n")
    while (line = io.gets)
      io.write(line)
    end
  ensure
    io.close
  end
end

# Answers by the book, then goes on with the raw connection.
partial = lambda do |io|
  io.write("hello from the other side\n")
  io.close
end

run(lambda do |env|
  text = { "content-type" => "text/plain" }
  case env["PATH_INFO"]
  when "/" then [200, text, ["hello"]]
  when "/upload" then [200, text, [digest.call(env["rack.input"])]]
  when "/refuse" then [403, text, ["no"]]
  when "/array" then [200, text, ["x" * env["QUERY_STRING"].to_i]]
  when "/endless" then [200, text, Endless.new("y" * 65_536)]
  when "/echo" then echo.call(env) && [200, {}, []]
  when "/partial" then [200, text.merge("rack.hijack" => partial), []]
  when "/break" then [200, text, Enumerator.new { |body| body << "half" && raise("in the middle") }]
  else [404, text, []]
  end
end)
