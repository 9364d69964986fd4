# frozen_string_literal: true

require "rack/handler"
require_relative "../../thin/rackup/handler"

module Rack
  module Handler
    # For Rack 2.
    class Thin < ::Thin::Rackup::Handler
    end

    register :thin, Thin
  end
end
