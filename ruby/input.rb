# frozen_string_literal: true

require "stringio"
require "tempfile"

module Gossamer
  # The input of a request without a body: always at its end. One of them serves everybody, as it remembers nothing.
  class EmptyInput
    # Nothing, in the way that IO#read says so.
    def read(length = nil, buffer = nil)
      buffer&.clear
      length.nil? || length.zero? ? buffer || +"" : nil
    end

    # There is no line.
    def gets(*)
      nil
    end

    # Nor any other.
    def each(*)
      self
    end

    # We are at the beginning, and at the end.
    def rewind
      0
    end
    alias pos rewind
    alias size rewind

    # Always.
    def eof?
      true
    end

    # It does not mind.
    def close
      nil
    end

    # And so it never is.
    def closed?
      false
    end

    # As every input is.
    def binmode
      self
    end

    # Bytes, as every input's.
    def external_encoding
      Encoding::BINARY
    end
    alias binmode? eof?
    alias each_line each
    alias tell pos
  end

  # A body that has come with its request.
  module WholeInput
    # The head, and what the app reads. A file's name is nobody else's business.
    def self.take(payload, type)
      length = payload.unpack1("N")
      rest = payload.byteslice(4 + length..-1)
      [payload.byteslice(4, length), type == Frames::REQUEST_BYTES ? StringIO.new(rest) : file(rest)]
    end

    # Opens it, and takes the name away.
    def self.file(path)
      input = File.open(path, "rb")
      File.unlink(path)
      input
    end
  end

  # A body that is still arriving (`--stream-uploads`): asks the front for more when the app asks us.
  class StreamedInput
    WINDOW_BYTES = 262_144

    # Bytes of request `id` come over `wire`.
    def initialize(wire, id)
      @wire = wire
      @id = id
      @held = String.new
      @wanted = 0
      @state = :open
      wire.listen(id) { |type, payload| take(type, payload) }
    end

    # As IO#read: all of it, or `length` bytes, or nil at the end.
    def read(length = nil, buffer = nil)
      more until @state != :open || (length && @held.bytesize >= length)
      raise BodyLost, @lost if @state == :lost

      bytes = @held.slice!(0, length || @held.bytesize)
      bytes = nil if bytes.empty? && length&.positive?
      buffer ? buffer.replace(bytes || "") && bytes && buffer : bytes
    end

    # One line, newline and all.
    def gets(separator = $/)
      return read.then { |all| all unless all.empty? } unless separator

      more until @state != :open || @held.include?(separator)
      raise BodyLost, @lost if @state == :lost

      finish = @held.index(separator)
      read(finish ? finish + separator.bytesize : [@held.bytesize, 1].max)
    end

    # Line by line.
    def each
      while (line = gets)
        yield line
      end
      self
    end

    # What is not read is not wanted.
    def close
      @held.clear
      @state = :ended if @state == :open
      nil
    end

    # As for a Hijack: nothing of what is behind it.
    def inspect
      "#<#{self.class.name}>"
    end

    private

    # Waits for a piece. The front sends what we ask for, so that a big upload never piles up here.
    def more
      if @wanted <= 0
        @wire.conceal
        @wire.put(Frames::WANT, @id, [WINDOW_BYTES].pack("N"))
        @wanted += WINDOW_BYTES
        @wire.flush
      end
      @wire.hear(true)
      return unless @wire.gone

      @state = :lost
      @lost = "The client has left."
    end

    # What the front says of the body.
    def take(type, payload)
      case type
      when Frames::BODY
        @wanted -= payload.bytesize
        @held << payload if @state == :open
      when Frames::BODY_END then @state = :ended
      when Frames::BODY_LOST
        @state = :lost
        @lost = payload
      end
    end
  end
end
