# frozen_string_literal: true

require "json"
require_relative "error"
require_relative "version"

module Gossamer
  # The Node package, which is the server: where it is, and the Node that runs it.
  class Package
    COMMAND = "bin/gossamer.mjs"
    # Where this file is when the gem is used in its place, which is in the package.
    AROUND = File.expand_path("../../../..", __dir__)

    # Finds it: the folder that GOSSAMER_HOME names, else the package around this gem, else the nearest
    # node_modules/gossamer from `folder` up, else that of the command `gossamer` on PATH. Raises Error.
    def self.find(env = ENV, folder = Dir.pwd, around = AROUND)
      home = env["GOSSAMER_HOME"]
      return at(home) || raise(Error, not_there(home)) unless home.nil? || home.empty?

      at(around) || module_above(folder) || on_path(env) || raise(Error, NOWHERE)
    end

    attr_reader :folder

    # `folder` is absolute.
    def initialize(folder)
      @folder = folder
    end

    # The words that start the front with `words` behind them. Raises Error for a package that this gem cannot use.
    def command(words, env = ENV)
      check
      node = env["GOSSAMER_NODE"]
      [node.nil? || node.empty? ? "node" : node, File.join(@folder, COMMAND), "front", *words]
    end

    # Loads what makes a worker of this process: it is of one make with the front, which is why it is not in this gem.
    def load_worker
      require File.join(@folder, "ruby/resident")
    end

    NOWHERE = "The Node package gossamer was not found: not around this gem, not in a node_modules, not on PATH. " \
              "Install it, or name its folder in GOSSAMER_HOME."
    private_constant :NOWHERE

    # A package, if there is one in `folder`.
    def self.at(folder)
      new(File.expand_path(folder)) if name_of(folder) == "gossamer" && File.file?(File.join(folder, COMMAND))
    end
    private_class_method :at

    # What package.json says that it is.
    def self.name_of(folder)
      JSON.parse(File.read(File.join(folder, "package.json")))["name"]
    rescue SystemCallError, JSON::ParserError
      nil # Then it is no package of anybody's.
    end
    private_class_method :name_of

    # The way Node looks for modules.
    def self.module_above(folder)
      above = File.dirname(folder)
      at(File.join(folder, "node_modules/gossamer")) || (module_above(above) unless above == folder)
    end
    private_class_method :module_above

    # npm puts a link to the command on PATH.
    def self.on_path(env)
      env.fetch("PATH", "").split(File::PATH_SEPARATOR).each do |folder|
        command = File.join(folder, "gossamer")
        next unless File.file?(command)

        found = at(File.expand_path("../..", File.realpath(command)))
        return found if found
      end
      nil
    end
    private_class_method :on_path

    # What GOSSAMER_HOME is good for.
    def self.not_there(home)
      "GOSSAMER_HOME is #{home}, and that is not the folder of the Node package gossamer. Correct it or unset it."
    end
    private_class_method :not_there

    private

    # Is it built, and is it ours?
    def check
      version = JSON.parse(File.read(File.join(@folder, "package.json")))["version"]
      unless version == VERSION
        raise Error, "The gem gossamer is #{VERSION}, and the Node package in #{@folder} is #{version}. " \
                     "Use the gem that is in the package: ruby/gem."
      end
      return if File.file?(File.join(@folder, "dist/cli/gossamer.js"))

      raise Error, "The Node package in #{@folder} is not built yet. Run `npm run build` there."
    end
  end
end
