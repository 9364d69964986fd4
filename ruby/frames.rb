# frozen_string_literal: true

module Gossamer
  # The words that we and the front know, as docs/PROTOCOL.md has them. Nobody else needs to say a number.
  module Frames
    REQUEST = 0x01
    REQUEST_BYTES = 0x02
    REQUEST_FILE = 0x03
    REQUEST_STREAM = 0x04
    BODY = 0x05
    BODY_END = 0x06
    BODY_LOST = 0x07
    CREDIT = 0x08
    GONE = 0x09
    SENT = 0x0a

    ANSWER = 0x11
    ANSWER_FILE = 0x12
    HEAD = 0x13
    DATA = 0x14
    END_ = 0x15
    CUT = 0x16
    FAILURE = 0x17
    INTERIM = 0x18
    WANT = 0x19
    TAKEN = 0x1a
    RETURNED = 0x1b
    DEFERRED = 0x1c

    HELLO = 0x20
    READY = 0x21
    LOAD_FAILED = 0x22
    INSPECT = 0x23
    BACKTRACES = 0x24
    RETIRE = 0x25
    FORK = 0x26
    FORKED = 0x27
    EXITED = 0x28
    REOPEN = 0x29
    RECALL = 0x2a
    RECALLED = 0x2b
    LISTENING = 0x2c

    # A whole frame, ready to be written.
    def self.frame(type, id, payload = "")
      [(payload.bytesize << 8) | type, id].pack("NN") << payload.b
    end

    # Fields on their way out, joined by the one byte that none of them may hold.
    def self.join(fields)
      fields.map { |field| field.to_s.b.delete("\0") }.join("\0")
    end

    # Waits for the next frame of a quiet line (never a slot's): [type, id, payload], or nil when it has ended.
    def self.read(io)
      head = io.read(8)
      return unless head&.bytesize == 8

      word, id = head.unpack("NN")
      payload = word < 256 ? +"" : io.read(word >> 8)
      [word & 255, id, payload] if payload
    end
  end
end
