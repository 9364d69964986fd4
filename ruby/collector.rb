# frozen_string_literal: true

module Gossamer
  # Out-of-band GC: a minor collection between requests, when enough garbage has come together to be worth one.
  class Collector
    # So many objects are left behind by some hundred small requests; marking the young ones takes about 1 ms.
    OBJECTS = 40_000

    # Counts from here.
    def initialize
      @seen = GC.stat(:total_allocated_objects)
    end

    # Collects when it is worth it. Nobody is waiting: the slot has looked.
    def run
      allocated = GC.stat(:total_allocated_objects)
      return if allocated - @seen < OBJECTS

      GC.start(full_mark: false, immediate_sweep: true)
      @seen = allocated
    end
  end
end
