# frozen_string_literal: true

require "delegate"
require "socket"

module Gossamer
  # The connection of an app that has hijacked it and says that it will answer later: opened when the app first does
  # something with it. Faye asks for the connection wherever it can, and answers by `async.callback` all the same.
  class LateConnection < DelegateClass(UNIXSocket)
    # The block opens it.
    def initialize(&open) # rubocop:disable Lint/MissingSuper -- there is no socket yet.
      @open = open
    end

    # Has the app used it?
    def opened?
      !@socket.nil?
    end

    # The socket itself.
    def __getobj__
      @socket ||= @open.call
    end

    # Nobody else decides what it is.
    def __setobj__(socket)
      @socket = socket
    end

    # Being asked is not being used.
    def respond_to_missing?(name, all = false)
      all ? ::UNIXSocket.private_method_defined?(name) : false
    end

    # Nor is being looked at.
    def inspect
      "#<#{self.class.name} #{opened? ? @socket.inspect : "not used"}>"
    end
  end
end
