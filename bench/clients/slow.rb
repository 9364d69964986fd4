# Clients on bad lines: UPLOADS of them send a body one byte a second, DOWNLOADS read an answer at
# 1 KB a second. Prints {"open":n} when all are connected, and a last report when stdin ends.
# usage: ruby slow.rb PORT UPLOAD_PATH UPLOADS DOWNLOAD_PATH DOWNLOADS
#
# In Ruby because Node cannot set SO_RCVBUF: with the kernel's default a whole answer disappears
# into the client's receive buffer at once, and the server never meets a slow reader.
require "json"
require "socket"
require "io/wait"

PORT = Integer(ARGV[0])
TICKS = 20 # a second; each client acts in one of them
RECEIVE_BUFFER_BYTES = 2_048
READ_BYTES = 1_024
UPLOAD_BYTES = 100_000

class SlowClient
  attr_reader :moved, :ends

  def initialize(path)
    @path = path
    @moved = 0
    @ends = 0
    open
  end

  # The server may answer early, refuse or hang up: then a new client takes the place in its next turn.
  def act
    @socket.closed? ? open : move
  rescue IO::WaitReadable, IO::WaitWritable
    nil
  rescue SystemCallError, EOFError
    @ends += 1
    @socket.close
  end

  private

  def open
    @socket = Socket.new(:INET, :STREAM)
    @socket.setsockopt(:SOCKET, :RCVBUF, RECEIVE_BUFFER_BYTES)
    @socket.connect(Socket.sockaddr_in(PORT, "127.0.0.1"))
    @socket.write(head)
  end
end

class SlowUpload < SlowClient
  private

  def head = "POST #{@path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: #{UPLOAD_BYTES}\r\n\r\n"

  def move = @moved += @socket.write_nonblock("x")
end

class SlowDownload < SlowClient
  private

  def head = "GET #{@path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

  def move = @moved += @socket.read_nonblock(READ_BYTES).bytesize
end

def report(clients)
  by_kind = clients.group_by(&:class).to_h { |kind, of| [kind.name, of.sum(&:moved)] }
  puts JSON.generate({ open: clients.size, ended: clients.sum(&:ends), movedBytes: by_kind })
  $stdout.flush
end

_, upload_path, uploads, download_path, downloads = ARGV
clients = Array.new(Integer(uploads)) { SlowUpload.new(upload_path) } +
          Array.new(Integer(downloads)) { SlowDownload.new(download_path) }
report(clients)

turns = clients.each_slice((clients.size / TICKS.to_f).ceil).to_a
turns.cycle do |turn|
  turn.each(&:act)
  break if $stdin.wait_readable(1.0 / TICKS)
end
report(clients)
