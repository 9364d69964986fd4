# frozen_string_literal: true

# While SQLite itself waits for a lock (`timeout` in database.yml), no other thread of the process runs, not even the
# one that holds the lock. Rails 8 waits in Ruby; this does so for Rails 7.2, for as long.
ActiveSupport.on_load(:active_record_sqlite3adapter) do
  prepend(Module.new do
    private

    def configure_connection
      super
      timeout_seconds = @config.fetch(:timeout, 5000) / 1000.0
      started_at = nil
      @raw_connection.busy_handler do |count|
        now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        started_at = now if count.zero?
        sleep 0.001
        now - started_at < timeout_seconds
      end
    end
  end)
end
