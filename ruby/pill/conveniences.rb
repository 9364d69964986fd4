# frozen_string_literal: true

module Gossamer
  module Pill
    # What pills know of ActiveSupport and use, in this process only. Where the real one is loaded, it stands before these.
    module Conveniences
      # For everything.
      module Everything
        # Nothing in it: nil, false, "", " ", [], {}.
        def blank?
          return strip.empty? if is_a?(String)

          respond_to?(:empty?) ? empty? : !self
        end

        def present?
          !blank?
        end

        # Itself, or nil when it is blank.
        def presence
          self if present?
        end

        # Calls a method if there is one; nil has none.
        def try(name = nil, *arguments, &block)
          return if nil?
          return block.arity.zero? ? instance_eval(&block) : yield(self) if name.nil?

          public_send(name, *arguments, &block) if respond_to?(name)
        end
      end

      # For names and texts.
      module Text
        # `MemUsage` → `mem_usage`, `A::B` → `a/b`
        def underscore
          gsub("::", "/").gsub(/([A-Z\d]+)([A-Z][a-z])/, '\1_\2').gsub(/([a-z\d])([A-Z])/, '\1_\2').tr("-", "_").downcase
        end

        # `mem_usage` → `MemUsage`, `a/b` → `A::B`
        def camelize(first = :upper)
          text = gsub(%r{(?:_|(/))([a-z\d]*)}i) { "#{"::" if $1}#{$2[0]&.upcase}#{$2[1..-1]}" }
          first == :lower ? "#{text[0]&.downcase}#{text[1..-1]}" : "#{text[0]&.upcase}#{text[1..-1]}"
        end
        alias camelcase camelize

        # `mem_usage` → `Mem Usage`
        def titleize
          underscore.delete_suffix("_id").tr("_", " ").strip.gsub(/\b(?<!['’`])[a-z]/, &:upcase)
        end
        alias titlecase titleize

        # Without what is white at its ends, and with one space for what is white in it.
        def squish
          gsub(/[[:space:]]+/, " ").strip
        end
      end

      # For options.
      module Pairs
        def symbolize_keys
          transform_keys { |key| key.respond_to?(:to_sym) ? key.to_sym : key }
        end

        def stringify_keys
          transform_keys(&:to_s)
        end

        # Hashes in hashes are merged, too.
        def deep_merge(other, &block)
          merge(other) do |key, ours, theirs|
            next ours.deep_merge(theirs, &block) if ours.is_a?(Hash) && theirs.is_a?(Hash)

            block ? yield(key, ours, theirs) : theirs
          end
        end

        # Ours stand, `other` fills the gaps.
        def reverse_merge(other)
          other.merge(self)
        end

        def reverse_merge!(other)
          replace(reverse_merge(other))
        end

        # Ruby has it itself from 3.0 on.
        def except(*keys)
          reject { |key, _| keys.include?(key) }
        end
      end

      # `Array.wrap`
      module Wrap
        # A list as it is, nothing as an empty one, anything else as a list of one.
        def wrap(object)
          return [] if object.nil?

          object.respond_to?(:to_ary) ? object.to_ary || [object] : [object]
        end
      end
    end
  end
end

Object.include(Gossamer::Pill::Conveniences::Everything)
String.include(Gossamer::Pill::Conveniences::Text)
Hash.include(Gossamer::Pill::Conveniences::Pairs)
Array.extend(Gossamer::Pill::Conveniences::Wrap)
