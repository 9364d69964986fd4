# frozen_string_literal: true

require_relative "boot"

require "rails"
require "active_model/railtie"
require "active_record/railtie"
require "action_controller/railtie"
require "action_view/railtie"
require "action_cable/engine"

Bundler.require(*Rails.groups)

module Guestbook
  class Application < Rails::Application
    config.load_defaults 7.2
    config.generators.system_tests = nil

    # An example must boot with nothing set; a real app keeps this in its credentials.
    config.secret_key_base = ENV.fetch("SECRET_KEY_BASE", "for the example only, " * 4)

    # Same host and port as the page: that is who may open a WebSocket.
    config.action_cable.disable_request_forgery_protection = false
    config.action_cable.allow_same_origin_as_host = true
  end
end
