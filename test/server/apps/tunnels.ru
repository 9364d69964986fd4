# frozen_string_literal: true

# Connections that the app takes over.

# Sends everything back until the other side ends; says how it ended.
def echo(io, name)
  Thread.new do
    io.write(io.readpartial(65_536)) while true
  rescue EOFError
    $stderr.puts "#{name} saw the end"
    io.write("bye") rescue nil
  rescue SystemCallError, IOError => error
    $stderr.puts "#{name} saw #{error.class}"
  ensure
    io.close
  end
end

UPGRADE = { "upgrade" => "echo", "connection" => "Upgrade" }.freeze

run(lambda do |env|
  query = env["QUERY_STRING"]
  case env["PATH_INFO"]
  when "/" then [200, { "content-type" => "text/plain" }, ["hello"]]
  when "/full"
    io = env["rack.hijack"].call
    io.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n")
    echo(io, "full #{query}")
    [-1, {}, []]
  when "/partial" then [101, UPGRADE.merge("rack.hijack" => ->(io) { echo(io, "partial #{query}") }), []]
  when "/raw" then [200, { "content-type" => "text/plain", "rack.hijack" => ->(io) { io.write("raw bytes") && io.close } }, []]
  when "/close-first"
    io = env["rack.hijack"].call
    io.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nthat is all")
    io.close
    [-1, {}, []]
  when "/hold"
    io = env["rack.hijack"].call
    $stderr.puts "held"
    Thread.new { sleep && io.close }
    [-1, {}, []]
  end
end)
