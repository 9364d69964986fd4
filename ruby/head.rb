# frozen_string_literal: true

module Gossamer
  # The head of a response: status and headers as the app gave them, checked, in the form they travel in.
  class Head
    CONTENT_LENGTH = 1
    DATE = 2
    SERVER = 4
    CLOSE = 8
    CHUNKED = 16

    # Headers that are more than a line to pass on; every other name becomes its own beginning of a line.
    SPECIAL = { "content-length" => :length, "date" => :date, "server" => :server, "connection" => :connection,
                "keep-alive" => :none, "upgrade" => :hop, "transfer-encoding" => :encoding,
                "rack.hijack" => :hijack, "rack.protocol" => :protocol }.freeze
    KINDS = Hash.new { |kinds, name| kinds.size < 1024 ? kinds[name.dup.freeze] = Head.kind(name) : Head.kind(name) }

    # `name: ` for an ordinary header, a symbol for one that we have to think about.
    def self.kind(name)
      lower = name.to_s.downcase
      return SPECIAL[lower] if SPECIAL.key?(lower)
      return :none if lower.start_with?("rack.")
      raise ResponseError, "The header name #{name.inspect} is not one." unless name.match?(/\A[!#-'*+\-.^-z|~0-9A-Z]+\z/)

      -"#{name}: ".b
    end

    # Wire lines, the bits that say what is among them, and the content-length that the app promised.
    attr_reader :status, :lines, :holds, :length
    # The app's way of leaving HTTP, and the lines that only matter there.
    attr_reader :hijack, :protocol, :hops

    # One of these serves a slot for life.
    def initialize
      @lines = String.new(capacity: 1024)
    end

    # Takes in what the app returned; raises ResponseError for what HTTP cannot say.
    def read(status, headers)
      @lines.clear
      @holds = 0
      @length = @hijack = @protocol = @hops = nil
      @status = status.is_a?(Integer) ? status : Integer(status, 10)
      raise ResponseError, "The status #{status.inspect} is not one." if @status < 100 || @status > 999

      headers&.each { |name, value| field(name, value) }
      raise ResponseError, "The response has both content-length and transfer-encoding." if @holds & 17 == 17

      self
    end

    # Does HTTP forbid a body with this status?
    def bodiless?
      @status == 204 || @status == 304 || @status < 200
    end

    # Adds the length that we found by counting, where the app did not say it and it may be said.
    def measure(size)
      return if @length || bodiless? || @holds & CHUNKED != 0

      @lines << "content-length: " << size.to_s << "\r\n"
      @holds |= CONTENT_LENGTH
    end

    private

    # One header, whatever the app holds for a value.
    def field(name, value)
      kind = KINDS[name]
      case value
      when String then line(kind, name, value)
      when nil then nil
      when Array then value.each { |one| field(name, one) }
      else kind == :hijack ? @hijack = value : line(kind, name, value.to_s)
      end
    end

    # One value, or several that Rack 2 joins by newlines.
    def line(kind, name, value)
      value = value.b unless value.ascii_only?
      if value.match?(/[\r\n\0]/)
        raise ResponseError, "The header #{name} holds a CR or NUL." if value.match?(/[\r\0]/)

        return value.split("\n").each { |one| line(kind, name, one) }
      end
      kind.is_a?(String) ? @lines << kind << value << "\r\n" : special(kind, name, value)
    end

    # The ones that we have to think about.
    def special(kind, name, value)
      case kind
      when :length then promise(value)
      when :date then append(DATE, name, value)
      when :server then append(SERVER, name, value)
      when :encoding then encode(name, value)
      when :protocol then @protocol = value
      when :connection
        @holds |= CLOSE if value.match?(/\bclose\b/i)
        hop(name, value)
      when :hop then hop(name, value)
      end
    end

    # The app says how long its body will be. We hold it to that.
    def promise(value)
      raise ResponseError, "content-length: #{value} is not a number." unless value.match?(/\A\d{1,15}\z/)
      return if @status == 204 || @status < 200

      number = value.to_i
      raise ResponseError, "The response has two lengths: #{@length} and #{number}." if @length && @length != number

      append(CONTENT_LENGTH, "content-length", value) unless @length
      @length = number
    end

    # `chunked` is the app's own doing (Rack::Chunked); any other coding is beyond us.
    def encode(name, value)
      return if value.casecmp?("identity") || bodiless?
      raise ResponseError, "transfer-encoding: #{value} cannot be sent." unless value.casecmp?("chunked")

      append(CHUNKED, name, value)
    end

    # A line that the front wants to know of.
    def append(bit, name, value)
      @holds |= bit
      @lines << name << ": " << value << "\r\n"
    end

    # A line that belongs to the connection: kept for those who take the connection over.
    def hop(name, value)
      (@hops ||= String.new) << name << ": " << value << "\r\n"
    end
  end
end
