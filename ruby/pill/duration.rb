# frozen_string_literal: true

module Gossamer
  module Pill
    # A number of seconds: what `10.seconds` gives. It compares, adds and prints as the number does.
    class Duration < Numeric
      attr_reader :value

      def initialize(value)
        super()
        @value = value
      end

      # With a number or another one it stays a duration.
      %i[+ - % **].each do |operator|
        define_method(operator) { |other| Duration.new(@value.public_send(operator, plain(other))) }
      end

      # Twice as long.
      def *(other)
        Duration.new(@value * plain(other))
      end

      # Half as long; how often one goes into another is a plain number.
      def /(other)
        other.is_a?(Duration) ? @value / other.value : Duration.new(@value / other)
      end

      def -@
        Duration.new(-@value)
      end

      def <=>(other)
        @value <=> plain(other)
      end

      def ==(other)
        @value == plain(other)
      end

      def eql?(other)
        other.is_a?(Duration) && @value.eql?(other.value)
      end

      # `5 + 3.seconds`
      def coerce(other)
        [Duration.new(other), self]
      end

      # `now - 1.day`, `sleep(2.seconds)` and all that takes a number asks for one of these.
      %i[to_i to_int to_f to_r to_s to_json hash divmod div modulo remainder fdiv integer? zero? round floor ceil truncate].each do |name|
        define_method(name) { |*arguments| @value.public_send(name, *arguments) }
      end

      def inspect
        "#{@value} seconds"
      end

      # It is what its number is: `30.seconds` is an Integer, `1.5.seconds` is none.
      def is_a?(kind)
        super || @value.is_a?(kind)
      end
      alias kind_of? is_a?

      def instance_of?(kind)
        kind == Duration || @value.instance_of?(kind)
      end

      # So long before `time`.
      def ago(time = Time.now)
        time - @value
      end
      alias until ago
      alias before ago

      # So long after `time`.
      def from_now(time = Time.now)
        time + @value
      end
      alias since from_now
      alias after from_now

      # What else a number can do.
      def method_missing(name, *arguments, &block)
        @value.respond_to?(name) ? @value.public_send(name, *arguments, &block) : super
      end

      def respond_to_missing?(name, include_private = false)
        @value.respond_to?(name, false) || super
      end

      private

      def plain(other)
        other.is_a?(Duration) ? other.value : other
      end
    end

    # `2.minutes`, `350.megabytes`: the numbers of a pill.
    module Units
      SECONDS = { second: 1, minute: 60, hour: 3_600, day: 86_400, week: 604_800, fortnight: 1_209_600, month: 2_629_746, year: 31_556_952 }.freeze
      BYTES = %i[byte kilobyte megabyte gigabyte terabyte petabyte exabyte].freeze

      SECONDS.each do |name, seconds|
        define_method(name) { Duration.new(self * seconds) }
        alias_method :"#{name}s", name
      end

      BYTES.each_with_index do |name, power|
        define_method(name) { self * 1024**power }
        alias_method :"#{name}s", name
      end
    end
  end
end

Numeric.include(Gossamer::Pill::Units)
