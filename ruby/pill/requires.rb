# frozen_string_literal: true

# A pill may use these without a word, as bluepill had loaded them. Newer Rubies may lack one or the other.
%w[date etc fileutils json logger net/http ostruct set shellwords socket syslog time timeout uri yaml].each do |library|
  require library
rescue LoadError
  nil
end

module Gossamer
  module Pill
    # `require "bluepill"` in a pill means us, and what pills use of ActiveSupport is here already.
    module Requires
      private

      # Loads everything else as ever.
      def require(name)
        path = name.respond_to?(:to_path) ? name.to_path : name
        return false if path.to_s.match?(%r{\Abluepill(/|\z)})

        super
      rescue LoadError
        raise unless path.to_s.match?(%r{\Aactive_?support(/|\z)})

        false
      end
    end
  end
end

Object.prepend(Gossamer::Pill::Requires)
