# frozen_string_literal: true

# Server-Sent Events: three, or one every tenth of a second for as long as somebody listens.
class EventsController < ApplicationController
  include ActionController::Live

  def index
    response.headers["Content-Type"] = "text/event-stream"
    response.headers["Last-Modified"] = Time.now.httpdate
    sse = SSE.new(response.stream, event: "tick")
    (1..).each do |number|
      sse.write({ number: }, id: number)
      break if number == 3 && !params[:forever]

      sleep 0.1
    end
  rescue ActionController::Live::ClientDisconnected
    logger.info "The listener left."
  ensure
    sse&.close
  end
end
