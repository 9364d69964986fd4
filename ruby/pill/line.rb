# frozen_string_literal: true

require "json"

module Gossamer
  module Pill
    class << self
      # The line of this process.
      attr_accessor :line
    end

    # The line to the front: one JSON object a line, in both directions (docs/PILL.md).
    class Line
      # `socket` is not for what the pill starts.
      def initialize(socket)
        @socket = socket
        @socket.close_on_exec = true
        @lock = Mutex.new
      end

      # Says something. Where nobody listens any more, this process is about to end.
      def say(words)
        text = JSON.generate(words)
        @lock.synchronize { @socket.write("#{text}\n") }
      rescue IOError, SystemCallError
        nil
      end

      # Every order, until the front hangs up or dies.
      def each_order
        while (text = @socket.gets)
          yield JSON.parse(text, symbolize_names: true)
        end
      rescue IOError, SystemCallError
        nil
      end
    end
  end
end
