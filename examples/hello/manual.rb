# frozen_string_literal: true

# Serves the Markdown files that lie beside this app (README.md, docs/*.md) as plain text.
class Manual
  # The pages that are really there, README first: { "README.md" => "/path/to/README.md" }.
  def self.pages(root)
    paths = [File.join(root, "README.md"), *Dir[File.join(root, "docs", "*.md")].sort]
    paths.select { |path| File.file?(path) }.to_h { |path| [path.delete_prefix("#{root}/"), path] }
  end

  def self.titles(root)
    pages(root).keys
  end

  def initialize(root)
    @root = root
  end

  # Only names from the list are opened, so no path can lead out of it.
  def call(env)
    path = self.class.pages(@root)[env["PATH_INFO"].delete_prefix("/")]
    return [404, { "content-type" => "text/plain" }, ["No such page.\n"]] unless path

    [200, { "content-type" => "text/plain; charset=utf-8" }, [File.read(path, encoding: "UTF-8")]]
  end
end
