# frozen_string_literal: true

# The app whose rackup file LINTED names, with Rack::Lint around it. Not around WebSockets: what an app returns after
# a full hijack means nothing, and Lint judges it all the same.
require "rack"
require "rack/lint"

app, = Rack::Builder.parse_file(ENV.fetch("LINTED"))
linted = Rack::Lint.new(app)
run ->(env) { (env["HTTP_UPGRADE"] ? app : linted).call(env) }
