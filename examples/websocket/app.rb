# frozen_string_literal: true

require "faye/websocket"

# Sends every WebSocket message back to where it came from; everybody else gets the page.
# The first socket starts EventMachine's reactor in a thread of this process; requests do not wait for it.
class Echo
  PAGE = File.read(File.join(__dir__, "index.html"), encoding: "UTF-8")

  def call(env)
    Faye::WebSocket.websocket?(env) ? echo(env) : page
  end

  private

  def echo(env)
    socket = Faye::WebSocket.new(env, ["echo"])
    socket.on(:message) { |event| socket.send(event.data) }
    socket.rack_response
  end

  def page
    [200, { "content-type" => "text/html; charset=utf-8", "content-length" => PAGE.bytesize.to_s }, [PAGE]]
  end
end
