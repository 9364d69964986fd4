# frozen_string_literal: true

module Thin
  # Something that this system cannot do.
  class PlatformNotSupported < RuntimeError; end

  # The Thin that we stand in for. Our own version is Gossamer::VERSION.
  VERSION = "2.0.1"
  CODENAME = "Thinception"
  NAME = "thin"
  SERVER = "#{NAME} #{VERSION} codename #{CODENAME}"

  # On Windows?
  def self.win?
    RUBY_PLATFORM.match?(/mswin|mingw/)
  end

  # On Linux?
  def self.linux?
    RUBY_PLATFORM.include?("linux")
  end
end
