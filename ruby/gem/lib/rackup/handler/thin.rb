# frozen_string_literal: true

require "rackup/handler"
require_relative "../../thin/rackup/handler"

module Rackup
  module Handler
    # For Rack 3, by the gem rackup.
    class Thin < ::Thin::Rackup::Handler
    end

    register :thin, Thin
  end
end
