# frozen_string_literal: true

module Gossamer
  # Sends a response under the reactor: as a Body, and where the app's body is one of EventMachine's deferrables, as
  # Thin does: its head at once, its pieces whenever they come, its end when it succeeds or fails.
  class ReactorBody < Body
    # The deferrable under way.
    attr_reader :late

    # `exchange` says whose response it is, `channel` takes it.
    def initialize(exchange, channel, rack2)
      super
      @exchange = exchange
      @channel = channel
      reset
    end

    # A piece that the deferrable has given.
    def add(piece)
      data(piece)
      @channel.hand_over
    end

    # It has given all.
    def conclude
      finish
      @channel.hand_over
    end

    private

    # A body that says when it is done is waited for; any other is sent.
    def pour(body)
      return super unless %i[callback errback each].all? { |name| body.respond_to?(name) }

      @late = body
      @body = nil # It is closed when it is done.
      open
      @channel.hand_over
      body.each { |piece| @exchange.add(piece) }
      body.callback { @exchange.conclude }
      body.errback { @exchange.conclude }
      nil
    end

    # One that does not wait goes out at once, as the app may take its time until the next.
    def send_piece(piece)
      @channel.piece(piece)
      @channel.flush unless @late
    end
  end
end
