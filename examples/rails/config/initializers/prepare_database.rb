# frozen_string_literal: true

# Brings the database up to date at boot, one process at a time, and leaves no connection open for a fork to inherit.
Rails.application.config.after_initialize do
  FileUtils.mkdir_p(Rails.root.join("tmp"))
  File.open(Rails.root.join("tmp/prepare_database.lock"), File::RDWR | File::CREAT) do |lock|
    lock.flock(File::LOCK_EX)
    ActiveRecord::Migration.suppress_messages { ActiveRecord::Base.connection_pool.migration_context.migrate }
  end
  ActiveRecord::Base.connection_handler.clear_all_connections!(:all)
end
