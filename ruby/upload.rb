# frozen_string_literal: true

module Gossamer
  # A body that streams in under the reactor: taken in whole before the app is called, as the reactor cannot wait for it.
  class Upload
    WINDOW_BYTES = StreamedInput::WINDOW_BYTES

    # The block asks the front for so many bytes.
    def initialize(&want)
      @want = want
      @wanted = 0
      @input = Tempfile.create("gossamer", binmode: true)
      File.unlink(@input.path)
      ask
    end

    # A word of the front about it: true when it is whole. Raises BodyLost when it never will be.
    def take(type, payload)
      case type
      when Frames::BODY then add(payload)
      when Frames::BODY_END then return true
      when Frames::BODY_LOST then raise BodyLost, payload
      end
      false
    end

    # What has come, from its beginning.
    def input
      @input.rewind
      @input
    end

    # Nobody wants it.
    def close
      @input.close
    end

    private

    # A piece. The front sends what we ask for.
    def add(bytes)
      @input.write(bytes)
      @wanted -= bytes.bytesize
      ask unless @wanted.positive?
    end

    # For more; what came on top of the last window counts.
    def ask
      @wanted += WINDOW_BYTES
      @want.call(WINDOW_BYTES)
    end
  end
end
