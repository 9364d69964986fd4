-- Makes wrk send one POST again and again; its size in bytes is the first argument.
function init(arguments)
  wrk.method = "POST"
  wrk.body = string.rep("x", tonumber(arguments[1]))
end
