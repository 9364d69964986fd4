# frozen_string_literal: true

module Gossamer
  # The server cannot be started, or has gone without being asked to. The message is one line: what, where, what to do.
  class Error < RuntimeError; end

  # A value that an option cannot have, or an option of Thin's that is not here. The message says what to write instead.
  class OptionError < ArgumentError; end
end
