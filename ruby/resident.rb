# frozen_string_literal: true

require_relative "frames"
require_relative "failure"
require_relative "lifeline"
require_relative "reactor_use"
require_relative "worker"
%w[environment input head hijack stream body wire stopwatch slot].each { |name| require_relative name }

module Gossamer
  # The worker that a process is which was there before its front: it has made the app itself, and goes on when the
  # front has gone. So nothing here ends the process, and nothing that it says of itself is changed.
  class Resident < Worker
    # Ends a call that is still in the app when nobody waits for its answer any more. Apps that rescue what is
    # theirs let it pass.
    class Halt < Interrupt; end

    # How long a call that is about to end may take to do so.
    GRACE_S = 0.25
    # How long a thread that is halted may take to tidy up.
    LAST_S = 1

    # `settings` are what the front says on adopting us: as boot.rb is told, but for what makes the app.
    def initialize(settings)
      super(settings.transform_values(&:to_s))
      @use = ReactorUse.new(@options.fetch("reactor"))
      @state = Mutex.new
      @changed = ConditionVariable.new
      @over = false
    end

    # Gets in touch.
    def greet
      @lifeline = Lifeline.new(connect("control"), gone: -> {}) { |type, payload| obey(type, payload) }
    end

    # Serves `app` until the front has hung up. The thread that calls is the first slot's, or the reactor's where there is
    # one and it does not run yet; it gets it back as it was.
    def serve(app)
      @caller = Thread.current
      @use.prepare
      Thread.handle_interrupt(Halt => :never) do
        within { super(app, @use.here?) }
      ensure
        finish
        within { Thread.pass } # What was on its way to us while we finished.
      end
      nil
    end

    # Serves `app` on the reactor that runs already, on whose thread this is called, and returns at once.
    def join(app)
      require_relative "reactor"
      take(app)
      reactor.listen(-> { ready }) { Thread.new { finish } }
    end

    # Ends what is still in the app. For another thread than those that serve.
    def halt
      @state.synchronize do
        @changed.wait(@state, GRACE_S) unless @over
        return if @over

        [@caller, *@others].each { |thread| thread.raise(Halt) if thread&.alive? }
      end
    end

    # The process ends: no slot gets another thread.
    def abandon
      @over = true
    end

    # Gives a slot a thread of its own, as long as we serve.
    def start(slot)
      return if @over

      thread = Thread.new { within { slot.run } }
      thread.name = "gossamer slot #{slot.index + 1}"
      thread.report_on_exception = false
      (@others ||= []) << thread
      @running << thread
    end

    private

    # What the app has not rescued on the reactor is for who has called us.
    def run_reactor
      reactor.run { ready }
    end

    # Here, and nowhere else, a thread may be halted.
    def within(&block)
      Thread.handle_interrupt(Halt => :immediate, &block)
    rescue Halt
      nil
    end

    # The thread that called is not halted from now on, and none of ours stays: there is one only where we were cut short.
    def finish
      @state.synchronize do
        @over = true
        @changed.broadcast
      end
      left = (@others || []).select(&:alive?)
      left.each { |thread| thread.raise(Halt) }
      left.each { |thread| thread.join(LAST_S) || thread.kill }
      @lifeline&.close
    rescue IOError
      nil # The front was faster.
    end
  end
end
