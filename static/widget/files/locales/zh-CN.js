// The words of the widget's files in Chinese.

export const words = {
  "file.attach": "发送文件或图片",
  "file.open": "打开 {name}",
  "file.picture": "图片 {name}",
  "file.sending": "正在发送 {name}：{n}%",
  "file.stop": "停止发送 {name}",
  "file.retry": "重试",
  "file.drop": "移除",
  "file.gone": "暂时打不开这个文件。",
  "file.failed": "{name} 没有发出去。",
  "file.failed.too_long": "{name} 太大了，最大 {most}。",
  "file.failed.empty": "{name} 是空文件。",
  "file.failed.rate_limited": "发送得太频繁了，请稍等片刻。",
  "file.failed.disk_full": "暂时不能接收文件，请用文字描述一下。",
};
