// Action Cable's protocol is small enough to speak by hand: welcome, subscribe, confirm, message.
const form = document.querySelector("#chat");
const state = document.querySelector("#state");
const identifier = JSON.stringify({ channel: "ChatChannel", room: form.dataset.room });

const url = new URL(form.dataset.cable, location.href);
url.protocol = url.protocol.replace("http", "ws");
const socket = new WebSocket(url, "actioncable-v1-json");

const answers = {
  welcome: () => socket.send(JSON.stringify({ command: "subscribe", identifier })),
  confirm_subscription: () => { state.textContent = "open"; },
  reject_subscription: () => { state.textContent = "rejected"; },
  ping: () => {},
};

socket.onmessage = ({ data }) => {
  const { type, message } = JSON.parse(data);
  type ? answers[type]?.() : show(message.text);
};
socket.onclose = () => { state.textContent = "closed"; };

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const data = JSON.stringify({ action: "say", text: form.elements.text.value });
  socket.send(JSON.stringify({ command: "message", identifier, data }));
  form.reset();
});

function show(text) {
  const line = document.createElement("li");
  line.textContent = text;
  document.querySelector("#messages").append(line);
}
