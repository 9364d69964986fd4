# frozen_string_literal: true

class BoomController < ApplicationController
  def show
    raise "Boom, as asked."
  end
end
