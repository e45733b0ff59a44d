import { createClient } from "redis";

// node news.ts subscribe news:lima 'sport:*'
// node news.ts publish news:lima "Rain." "No rain."
const [command, ...words] = process.argv.slice(2);

const client = createClient({ url: process.env.REDIS_URL });
// TODO: listen to the client's "error" event, connect, and say it when Redis refuses

if (command === "publish") await publish(words);
if (command === "subscribe") await subscribe(words);

async function publish([channel, ...messages]: string[]): Promise<void> {
  // TODO: publish each message to the channel, and print the number that Redis gives for it
  console.log(`TODO: ${messages.length} messages for ${channel}, by ${client.publish.name}`);
}

async function subscribe(names: string[]): Promise<void> {
  // TODO: subscribe to each channel, and to each pattern; then print "listening"
  // TODO: print each message as one line of JSON
  // TODO: end at the message "stop"
  console.log(`TODO: nobody listens to ${names.join(", ")}`);
}
