# frozen_string_literal: true

require "faye"

# Faye as its users run it on Thin: long-polling by async.callback, WebSockets, and an app behind it that publishes.
# The second line is what Faye's own manual tells users of Thin to write.
Faye::WebSocket.load_adapter("thin") if Gem.loaded_specs.key?("thin")
BAYEUX = Faye::RackAdapter.new(mount: "/faye", timeout: 25)

run(lambda do |env|
  next BAYEUX.call(env) unless env["PATH_INFO"] == "/publish"

  BAYEUX.get_client.publish("/news", { "text" => env["QUERY_STRING"] })
  [200, { "content-type" => "text/plain" }, ["published"]]
end)
