# frozen_string_literal: true

module Gossamer
  # Sends the app's response: decides how by what the body can do, and closes it once whatever happens.
  class Body
    PIECE_BYTES = 262_144
    WHOLE_BYTES = 1 << 20
    COLLECT_BYTES = 65_536
    # As Thin has it: scripts and people know it.
    NIL_BODY = "Rack application returned nil body. Probably you wanted it to be an empty string?"

    # Has the head gone out already? Then an error can only cut the response off.
    attr_reader :begun

    # `slot` says whose response it is and how long the app has been at it.
    def initialize(slot, wire, rack2)
      @slot = slot
      @wire = wire
      @head = Head.new
      @rack2 = rack2
    end

    # A new request: nothing has been said yet.
    def reset
      @begun = false
    end

    # Sends it. Returns the body when somebody is to close it later: once the front is through with its file.
    def deliver(env, status, headers, body)
      @body = body
      @env = env
      route(@head.read(status, headers), body)
    ensure
      close if @body
    end

    # A body is closed once. An app that fails while it tidies up has answered nevertheless.
    def close(body = @body)
      @body = nil
      Failure.quietly("The response body could not be closed") { body.close if body.respond_to?(:close) }
    end

    # One piece of a body; waits while the front has more than enough of it.
    def data(piece)
      open unless @begun
      refuse(piece) unless String === piece
      return if piece.empty?

      @sent += piece.bytesize
      if @head.length && @sent > @head.length
        raise ResponseError, "The body is longer than its content-length: #{@head.length}."
      end
      piece.bytesize <= PIECE_BYTES ? send_piece(piece) : slices(piece) { |slice| send_piece(slice) }
    end

    # Sends the head: what follows comes in pieces.
    def open
      @begun = true
      @sent = 0
      @wire.open(@slot.id) unless @slot.listening
      payload = [@head.status, @head.holds, 0].pack("nCC") << @head.lines
      @wire.put(Frames::HEAD, @slot.id, payload)
      @wire.give_back
    end

    private

    # Which way this one goes.
    def route(head, body)
      return leave(body) if head.hijack || head.protocol || head.status == 101
      return whole([], true) if head.bodiless? || @env["REQUEST_METHOD"] == "HEAD"
      if body.is_a?(Array)
        @body = nil # It has nothing to close.
        return whole(body)
      end

      array = body.to_ary if !@rack2 && body.respond_to?(:to_ary)
      return pour(body) unless array || file(body)

      @body = nil # to_ary has closed it (Rack SPEC, "The Body"), and a file's is closed when it is sent.
      array ? whole(array) : body
    end

    # Out of HTTP: partial hijack, or 101 with a body that speaks for itself.
    def leave(body)
      tunnel = @slot.tunnel
      tunnel.write(Hijack.head(@head))
      @wire.give_back
      call = @head.hijack || body
      call.respond_to?(:call) ? call.call(tunnel) : tunnel.close
    end

    # All of it at once, in one frame, unless it is too much for one.
    def whole(chunks, unwanted = false)
      size = chunks.size == 1 && String === chunks[0] ? chunks[0].bytesize : sum(chunks)
      agree(size) unless unwanted
      return pieces(chunks) if size > WHOLE_BYTES

      lines = @head.lines
      out = @wire.out
      word = ((10 + lines.bytesize + size) << 8) | Frames::ANSWER
      [word, @slot.id, @slot.micros, (@head.status << 16) | (@head.holds << 8) | @slot.idle].pack("NNNN", buffer: out)
      out << lines << "\r\n"
      return @wire.flush(*chunks) && nil if size > COLLECT_BYTES

      chunks.each { |one| out << (one.ascii_only? ? one : one.b) }
      nil
    end

    # How many bytes these are together.
    def sum(chunks)
      chunks.sum { |chunk| String === chunk ? chunk.bytesize : refuse(chunk) }
    end

    # Too much for one frame.
    def pieces(chunks)
      chunks.each { |chunk| data(chunk) }
      finish
    end

    # Bodies are made of Strings.
    def refuse(chunk)
      raise TypeError, "The body gave a #{chunk.class}, and not a String."
    end

    # The promise is kept, or it is the app's error: a client must never wait for bytes that do not come.
    def agree(size)
      return @head.measure(size) unless @head.length
      return if @head.length == size

      raise ResponseError, "The app said content-length: #{@head.length}, and its body has #{size} bytes."
    end

    # A file that the front can send by itself. False when the body is none, or not all of it.
    def file(body)
      path = body.respond_to?(:to_path) && body.to_path
      return false unless path && File.file?(path)

      size = File.size(path)
      return false if @head.length && @head.length != size

      @head.measure(size)
      payload = [@slot.micros, @head.status, @head.holds, @slot.idle, size, @head.lines.bytesize].pack("NnCCQ>N")
      @wire.put(Frames::ANSWER_FILE, @slot.id, payload << @head.lines << File.expand_path(path).b)
    end

    # As it comes, by `each`, or by a body that writes for itself.
    def pour(body)
      @wire.flush # It may take its time, and the answers before it have no part in that.
      return each(body) if body.respond_to?(:each)
      return whole([body]) if body.is_a?(String)
      raise TypeError, NIL_BODY if body.nil?
      raise TypeError, "A #{body.class} is no response body." unless body.respond_to?(:call)

      open
      body.call(Stream.new(self, @env["rack.input"]))
      finish
    end

    # Each piece goes out at once. Only one that is the whole promised body waits to see that nothing follows.
    def each(body)
      held = nil
      body.each do |chunk|
        if !@begun && !held && String === chunk && chunk.bytesize == @head.length && chunk.bytesize <= COLLECT_BYTES
          held = chunk
        else
          data(held) if held && !@begun
          data(chunk)
        end
      end
      @begun ? finish : whole(held ? [held] : [])
    end

    # The body is all there. Too short is as bad as too long.
    def finish
      if @head.length && @sent < @head.length
        raise ResponseError, "The body ended after #{@sent} of its #{@head.length} bytes."
      end

      @wire.put(Frames::END_, @slot.id, [@slot.micros].pack("N"))
      nil
    end

    # Writes it through, and listens for the front: is there room, is the client still there?
    def send_piece(piece)
      @wire.hear(@wire.credit <= 0) until @wire.credit.positive? || @wire.gone
      raise ClientGone, "The client has left." if @wire.gone

      @wire.spend(piece.bytesize)
      [(piece.bytesize << 8) | Frames::DATA, @slot.id].pack("NN", buffer: @wire.out)
      @wire.flush(piece)
      @wire.hear(false)
    end

    # A big piece, in portions, each in the same String: new memory of that size is dear.
    def slices(piece)
      source = StringIO.new(piece)
      @slice ||= String.new(capacity: PIECE_BYTES)
      yield @slice while source.read(PIECE_BYTES, @slice)
    end
  end
end
