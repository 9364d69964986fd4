# frozen_string_literal: true

# `say` goes to everybody in the room, `echo` only back to who sent it.
class ChatChannel < ApplicationCable::Channel
  def subscribed
    params[:room].present? ? stream_from("chat:#{params[:room]}") : reject
  end

  def say(data)
    ActionCable.server.broadcast("chat:#{params[:room]}", { text: data["text"].to_s.truncate(500) })
  end

  def echo(data)
    transmit({ echo: data["text"] })
  end
end
