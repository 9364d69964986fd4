# frozen_string_literal: true

module Gossamer
  # That of the Node package: one is of no use with another version of the other.
  VERSION = "0.1.0"
end
