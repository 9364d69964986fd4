# frozen_string_literal: true

# Says words to whoever listens at NOTIFY_SOCKET (sd_notify(3)), for machines without `systemd-notify`:
# `ruby notify.rb READY=1 "STATUS=Listening"`.
require "socket"

# How long to stay until whoever listens has looked who we are.
PATIENCE_SECONDS = 5

address = ENV.fetch("NOTIFY_SOCKET")
# An abstract one has no file.
address = "\0#{address[1..-1]}" if address.start_with?("@")
socket = Socket.new(:UNIX, :DGRAM, 0)
socket.connect(Addrinfo.unix(address))
socket.send(ARGV.join("\n"), 0)

# A barrier: the descriptor is closed on the other side when everything before it has been dealt with.
reader, writer = IO.pipe
socket.sendmsg("BARRIER=1", 0, nil, Socket::AncillaryData.unix_rights(writer))
writer.close
IO.select([reader], nil, nil, PATIENCE_SECONDS)
