# frozen_string_literal: true

class ChatController < ApplicationController
  def show
  end
end
