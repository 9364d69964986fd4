# frozen_string_literal: true

module Gossamer
  # A process that runs the app: one slot a thread, and a lifeline.
  class Worker
    # The front connects as soon as it hears where: one that does not by then has gone, or hangs.
    PATIENCE_S = 60

    attr_reader :app, :environment, :threads

    # `options` are what boot.rb was told.
    def initialize(options)
      @options = options
      @number = options.fetch("number").to_i
      @threads = options.fetch("threads").to_i
      @running = Queue.new
    end

    # What to call the app in a list of processes.
    def tag
      tag = @options.fetch("tag", "")
      tag.empty? ? File.basename(Dir.pwd) : tag
    end

    # A line to the front. The first thing it says is what it is for.
    def connect(purpose, detail = nil)
      socket = UNIXSocket.new(@options.fetch("socket"))
      fields = [purpose, @number, @options.fetch("generation"), Process.pid, *detail]
      socket.write(Frames.frame(Frames::HELLO, 0, Frames.join(fields)))
      socket
    end

    # Gets in touch; the app may take its time to load after that.
    def greet
      $PROGRAM_NAME = "gossamer worker #{@number} [#{tag}]"
      @lifeline = Lifeline.new(connect("control")) { |type, payload| obey(type, payload) }
    end

    # Serves `app` until the front has closed every slot, with EventMachine's reactor where it wants one.
    def serve(app, reactor)
      take(app)
      reactor ? run_reactor : run_slots
      @running.pop.join until @running.empty?
    end

    # What the front orders, on the lifeline's thread.
    def obey(type, payload)
      case type
      when Frames::INSPECT then @slots&.each(&:release)
      when Frames::RECALL
        index = payload.to_i
        @lifeline.tell(Frames::RECALLED, Frames.join([index, *@slots[index].recall]))
      end
    end

    # Gives a slot a thread: when we begin, and when the app has ended the one it had.
    def start(slot)
      thread = Thread.new { slot.run }
      thread.name = "gossamer slot #{slot.index + 1}"
      @running << thread
    end

    # The app did not load, and here is why.
    def refuse(error)
      @lifeline.tell(Frames::LOAD_FAILED, Failure.of(error))
      Process.exit!(1)
    end

    # `--oobgc`: collects garbage while nobody waits, and at no other time, until too much has gathered.
    def tidy(wire)
      return unless @collector

      @collector.run if wire.idle?
    end

    # Called once where `--oobgc` was asked for.
    def collect
      @collector = Collector.new if @options["oobgc"] == "true"
    end

    private

    # What the slots are to call, and what they tell it of us.
    def take(app)
      @app = app
      @environment = Environment.new(worker: @number, threads: @threads, workers: @options.fetch("workers").to_i,
                                     early_hints: @options["early_hints"] == "true", thin: @options["imitate"] == "thin")
    end

    # The first slot has the main thread: a single one is all there is, then, but for the lifeline, which sleeps.
    def run_slots
      slots = @slots = lines.map.with_index { |line, index| Slot.new(self, index, line) }
      slots.drop(1).each { |slot| start(slot) }
      ready
      slots.first.run
    end

    # Here the main thread is the reactor's.
    def run_reactor
      reactor.run { ready }
    rescue StandardError, ScriptError => error
      Failure.log("EventMachine's reactor was ended by an exception that the app has not rescued", error)
      exit(1)
    end

    # With slots, of which each has a thread if there are several.
    def reactor
      slots = @slots = lines.map.with_index { |line, index| ReactorSlot.new(self, index, line) }
      slots.each { |slot| start(slot) } if @threads > 1
      Reactor.new(slots)
    end

    # A line for each slot, in their order. The front opens them, as who opens a connection may say where its reads go.
    def lines
      path = File.join(File.dirname(@options.fetch("socket")), "worker-#{@number}-#{Process.pid}.sock")
      UNIXServer.open(path) do |server|
        @lifeline.tell(Frames::LISTENING, path)
        Array.new(@threads) { server.wait_readable(PATIENCE_S) ? server.accept : raise(IOError, "The front does not connect.") }
      ensure
        remove(path)
      end
    end

    # The front removes the whole folder when it ends.
    def remove(path)
      File.unlink(path)
    rescue Errno::ENOENT
      nil
    end

    # Tells the front that everything is there.
    def ready
      @lifeline.tell(Frames::READY, Frames.join([RUBY_VERSION, defined?(::Rack.release) ? ::Rack.release : ""]))
    end
  end
end
