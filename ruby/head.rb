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

    # How many lines of one header we remember: most apps send the same ones all day.
    REMEMBERED = 64

    # For an ordinary header its lines by their values, a symbol for one that we have to think about.
    def self.kind(name)
      lower = name.to_s.downcase
      return SPECIAL[lower] if SPECIAL.key?(lower)
      return :none if lower.start_with?("rack.")
      raise ResponseError, "The header name #{name.inspect} is not one." unless name.match?(/\A[!#-'*+\-.^-z|~0-9A-Z]+\z/)

      lines_of("#{name}: ".b)
    end

    # Each value as a line of the wire. Those that cannot be one as they are give nil.
    def self.lines_of(name)
      Hash.new do |lines, value|
        line = "#{name}#{value.b}\r\n".b.freeze unless value.match?(/[\r\n\0]/)
        lines.size < REMEMBERED && value.bytesize < 256 ? lines[value] = line : line
      end
    end

    # The numbers that content-lengths are, by their texts.
    LENGTHS = Hash.new do |numbers, text|
      raise ResponseError, "content-length: #{text} is not a number." unless text.match?(/\A\d{1,15}\z/)

      numbers.size < 4096 ? numbers[text] = text.to_i : text.to_i
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

      headers&.each do |name, value|
        kind = KINDS[name]
        line = kind[value] if String === value && Hash === kind
        line ? @lines << line : field(name, value)
      end
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
      when String
        if kind.is_a?(Hash) then @lines << (kind[value] || parts(kind, name, value))
        elsif kind == :length then promise(value)
        else special(kind, name, value)
        end
      when nil then nil
      when Array then value.each { |one| field(name, one) }
      else kind == :hijack ? @hijack = value : field(name, value.to_s)
      end
    end

    # Several values that Rack 2 joins by newlines.
    def parts(kind, name, value)
      raise ResponseError, "The header #{name} holds a CR or NUL." if value.match?(/[\r\0]/)

      value.split("\n").map { |one| kind[one] }.join
    end

    # The ones that we have to think about.
    def special(kind, name, value)
      raise ResponseError, "The header #{name} holds a CR, LF or NUL." if value.match?(/[\r\n\0]/)

      case kind
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
      number = LENGTHS[value]
      return if @status == 204 || @status < 200
      raise ResponseError, "The response has two lengths: #{@length} and #{number}." if @length && @length != number

      @lines << "content-length: " << value << "\r\n" unless @length
      @holds |= CONTENT_LENGTH
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
