# frozen_string_literal: true

require "eventmachine"
require "sinatra/async"

# An app of the gem async_sinatra, and Sinatra's own `stream`, which under EventMachine makes a deferrable body.
class Waiter < Sinatra::Base
  register Sinatra::Async

  set :environment, :production
  set :show_exceptions, false
  set :raise_errors, false

  @waiting = {}
  class << self
    attr_reader :waiting
  end

  error { "sorry: #{env["sinatra.error"].message}" }

  aget("/") { body "hello async" }

  aget "/delay/:ms" do |ms|
    EM.add_timer(ms.to_i / 1000.0) { body { "delayed for #{ms} ms" } }
  end

  aget("/raise") { raise "boom" }

  aget "/raise-later" do
    EM.add_timer(0.01) { body { raise "later boom" } }
  end

  aget("/away") { ahalt 403, "go away" }

  aget "/wait/:name" do |name|
    self.class.waiting[name] = self
    on_close { self.class.waiting.delete(name) }
  end

  apost "/tell/:name" do |name|
    text = request.body.read
    self.class.waiting.delete(name).body(text)
    body "told"
  end

  get("/waiting") { self.class.waiting.size.to_s }

  get("/plain") { "plain" }

  get "/stream" do
    stream do |out|
      out << "a "
      out << "b "
      out << "c"
    end
  end

  get "/open" do
    stream(:keep_open) do |out|
      self.class.waiting["open"] = out
      out.callback { self.class.waiting.delete("open") }
      out << "opened "
    end
  end

  get "/shut" do
    out = self.class.waiting.fetch("open")
    out << "and shut"
    out.close
    "shut"
  end
end

run Waiter
