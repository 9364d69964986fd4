# frozen_string_literal: true

module Gossamer
  # The part of a file that a client asks for (RFC 9110 §14.1.2).
  module ByteRange
    FORM = /\A\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*\z/i.freeze

    module_function

    # The positions of its first and last byte, of `size`; `:none` when it begins behind the end. nil when all of the
    # file is to be sent: no part is asked for, or several, or it makes no sense, or there is nothing to take a part of.
    def of(field, size)
      found = FORM.match(field) if field
      return if found.nil? || size.zero?

      first, last = found.captures
      return ending(last, size) if first.empty?
      return if !last.empty? && last.to_i < first.to_i
      return :none if first.to_i >= size

      first.to_i..(last.empty? ? size - 1 : [last.to_i, size - 1].min)
    end

    # The last so many bytes.
    def ending(count, size)
      return if count.empty?

      count.to_i.zero? ? :none : ([size - count.to_i, 0].max..size - 1)
    end
  end
end
