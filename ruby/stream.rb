# frozen_string_literal: true

module Gossamer
  # What a streaming body (Rack 3: a body that responds to `call`) reads from and writes to.
  class Stream
    # Writes become pieces of the response, reads come from the request's body.
    def initialize(body, input)
      @body = body
      @input = input
      @written = @read = false
    end

    # Writes each string at once; returns how many bytes that were.
    def write(*strings)
      raise IOError, "The stream is closed for writing." if @written

      strings.sum { |string| @body.data(string = string.to_s) ; string.bytesize }
    end

    # The same, in a row: stream << "a" << "b".
    def <<(string)
      write(string)
      self
    end

    # Reads the request's body, as IO#read does.
    def read(*arguments)
      raise IOError, "The stream is closed for reading." if @read

      @input.read(*arguments)
    end

    # Everything is under way already.
    def flush
      self
    end

    # Nothing more will be read.
    def close_read
      @read = true
      nil
    end

    # Nothing more will be written.
    def close_write
      @written = true
      nil
    end

    # Neither. An app that broke says why.
    def close(_error = nil)
      @read = @written = true
      nil
    end

    # Has it been closed in both directions?
    def closed?
      @read && @written
    end

    # As for a Hijack: nothing of what is behind it.
    def inspect
      "#<#{self.class.name}>"
    end
  end
end
